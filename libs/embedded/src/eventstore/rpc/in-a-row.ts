import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";

/** What a call may have on its way to the socket before it waits for the client to take it. */
const UNDER_WAY_BYTES = 64 * 1024;

/**
 * Lets the messages of a call follow each other at once. By itself a call hands the next one on only when the one before is
 * on the socket: each would take a write of its own, and wake its reader for itself.
 */
class InARow extends ServerInterceptingCall {
  private underWay = 0;

  override sendMessage(message: Buffer, callback: () => void): void {
    this.underWay += message.length;
    const full = this.underWay > UNDER_WAY_BYTES;
    super.sendMessage(message, () => {
      this.underWay -= message.length;
      if (full) callback();
    });
    if (!full) callback();
  }
}

export const inARow: ServerInterceptor = (_method, call) => new InARow(call);
