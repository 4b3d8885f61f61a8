import type { ServerWritableStream } from "@grpc/grpc-js";
import { asFailure } from "./failure.ts";
import type { ReadRequest } from "./read-request.ts";

export type ReadCall = ServerWritableStream<{ options: ReadRequest | undefined }, Buffer>;

/** The answers of one call, sent no faster than the client takes them. */
export class Outgoing {
  private readonly call: ReadCall;
  private wake: (() => void) | undefined;
  private onStop: (() => void) | undefined;
  /** True when the client is gone, or the server is stopping. */
  stopped = false;

  constructor(call: ReadCall) {
    this.call = call;
    call.on("drain", () => this.wake?.());
    for (const event of ["cancelled", "close", "error"]) call.on(event, () => this.stop());
  }

  /** Returns a promise to await only when there is no room. */
  send(frame: Buffer): Promise<void> | undefined {
    if (this.stopped || this.call.write(frame)) return undefined;
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Calls the callback when the call is over, for code that waits for something else. */
  whenStopped(callback: (() => void) | undefined): void {
    this.onStop = callback;
    if (this.stopped) callback?.();
  }

  end(): void {
    if (!this.stopped) this.call.end();
  }

  fail(error: unknown): void {
    if (!this.stopped) this.call.emit("error", asFailure(error));
  }

  private stop(): void {
    this.stopped = true;
    this.wake?.();
    this.onStop?.();
  }
}
