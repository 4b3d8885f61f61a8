import type { Metadata, UntypedHandleCall } from "@grpc/grpc-js";
import { type Credentials, checkCredentials } from "./authentication.ts";
import { asFailure } from "./failure.ts";
import { arriving, type FrontDoor, type MethodName } from "./front-door.ts";

/** A long-lived call, which a stopping node has to end. */
export type OpenCall = {
  metadata: Metadata;
  emit(event: "error", error: Error): boolean;
  once(event: string, listener: () => void): unknown;
};

type Refuse = (error: Error) => void;

/** Refuses calls before a handler sees them, and keeps track of long-lived ones. */
export class Guard {
  readonly open = new Set<OpenCall>();
  private readonly credentials: Credentials;
  private readonly frontDoor: FrontDoor;

  constructor(credentials: Credentials, frontDoor: FrontDoor) {
    this.credentials = credentials;
    this.frontDoor = frontDoor;
  }

  unary<C extends { metadata: Metadata }, R>(
    method: MethodName,
    handler: (call: C, callback: R) => void,
  ): (call: C, callback: R) => void {
    return (call, callback) => {
      if (this.lets(method, call, callback as Refuse)) handler(call, callback);
    };
  }

  /** A stream of messages with one answer. Once the last message has arrived, the call gets its answer without help. */
  receiving<C extends OpenCall, R>(
    method: MethodName,
    handler: (call: C, callback: R) => void,
  ): (call: C, callback: R) => void {
    return this.unary(method, (call: C, callback: R) => {
      this.track(call, ["end", "close", "cancelled", "error"]);
      handler(call, callback);
    });
  }

  streaming<C extends OpenCall>(method: MethodName, handler: (call: C) => void): UntypedHandleCall {
    const handle = (call: C): void => {
      const refuse = (error: Error): void => void call.emit("error", error);
      if (!this.lets(method, call, refuse)) return;
      this.track(call, ["close", "cancelled", "finish", "error"]);
      handler(call);
    };
    return handle as unknown as UntypedHandleCall;
  }

  private lets(method: MethodName, { metadata }: { metadata: Metadata }, refuse: Refuse): boolean {
    try {
      checkCredentials(metadata, this.credentials);
    } catch (error) {
      refuse(asFailure(error));
      return false;
    }
    const admission = this.frontDoor.admit(arriving(method, metadata));
    if (admission instanceof Error) refuse(asFailure(admission));
    return admission === "enter";
  }

  private track(call: OpenCall, ends: readonly string[]): void {
    this.open.add(call);
    for (const end of ends) call.once(end, () => this.open.delete(call));
  }
}
