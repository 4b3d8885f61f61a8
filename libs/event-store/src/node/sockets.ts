import type { Socket } from "node:net";
import type { ChannelCredentials } from "@grpc/grpc-js";

export interface Sockets {
  /** For one channel. */
  readonly credentials: ChannelCredentials;
  /** Ends its connections, and those that are made later. */
  readonly destroy: () => void;
}

/**
 * A closed channel of grpc-js keeps a connection on which the server has not said anything yet. As long as a server accepts
 * connections and is silent, each search for a leader would leave one more.
 */
export const socketsOf = (credentials: ChannelCredentials): Sockets => {
  const sockets = new Set<Socket>();
  let destroyed = false;
  type Create = ChannelCredentials["_createSecureConnector"];
  const create: Create = (...args) => {
    const connector = credentials._createSecureConnector(...args);
    const connect: typeof connector.connect = (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      if (destroyed) socket.destroy();
      return connector.connect(socket);
    };
    return Object.assign(Object.create(connector), { connect });
  };
  return {
    credentials: Object.assign(Object.create(credentials), { _createSecureConnector: create }),
    destroy: () => {
      destroyed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
};
