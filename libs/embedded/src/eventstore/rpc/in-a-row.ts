import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";

/** How many bytes a call may have in flight to the socket before it waits for the client. */
const IN_FLIGHT_BYTES = 64 * 1024;

/**
 * Lets the messages of a call follow each other at once. By default a call passes the next message on only when the last one is on
 * the socket, so that each takes a separate write and wakes its reader separately.
 */
class InARow extends ServerInterceptingCall {
  private inFlight = 0;

  override sendMessage(message: Buffer, callback: () => void): void {
    this.inFlight += message.length;
    const full = this.inFlight > IN_FLIGHT_BYTES;
    super.sendMessage(message, () => {
      this.inFlight -= message.length;
      if (full) callback();
    });
    if (!full) callback();
  }
}

export const inARow: ServerInterceptor = (_method, call) => new InARow(call);
