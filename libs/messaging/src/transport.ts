import type { Socket } from "node:net";
import { NatsConnectionImpl, setTransportFactory } from "nats/lib/nats-base-client/internal_mod.js";
import { NodeTransport, nodeResolveHost } from "nats/lib/src/node_transport.js";

/**
 * The library's own transport, except that it leaves a silent server at once. By itself it first waits until the server has taken
 * all that was written. And it leaves the sockets of attempts that timed out open: once their server speaks again, each takes up a
 * connection there, and minutes later its end counts as the end of the connection in use.
 */
class LeavingTransport extends NodeTransport {
  private left = false;

  override async dial(place: Parameters<NodeTransport["dial"]>[0]): Promise<Socket> {
    const socket = await super.dial(place);
    if (this.left) {
      socket.destroy();
      throw new Error("The attempt to connect took too long.");
    }
    return socket;
  }

  override async close(error?: Error): Promise<void> {
    this.left = true;
    // The library ignores a transport that has not heard the server's greeting.
    if (!this.connected) this.socket?.destroy();
    await super.close(error);
  }

  override disconnect(): void {
    void this.close();
  }
}

/** As `connect` of the library. */
export const connectLeaving: typeof NatsConnectionImpl.connect = async (options) => {
  setTransportFactory({ factory: () => new LeavingTransport(), dnsResolveFn: nodeResolveHost });
  const connection = await NatsConnectionImpl.connect(options);
  // From the first connection on. Otherwise a client closes for good at the second refusal of its login, perhaps weeks after the
  // first; a server whose users are being changed refuses it for a moment.
  (connection as NatsConnectionImpl).options.ignoreAuthErrorAbort = true;
  return connection;
};
