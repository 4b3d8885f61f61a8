import { randomUUID } from "node:crypto";
import { listen } from "./listen.ts";
import type { Credentials } from "./rpc/authentication.ts";
import { type EndPoint, singleNode } from "./rpc/front-door.ts";
import { createEventStoreServer } from "./server.ts";
import type { ServedStore } from "./store/store.ts";

export interface NodeOptions extends EndPoint {
  maxAppendSize: number;
  credentials: Credentials;
  /** Where gossip sends clients; by default, where the node listens. */
  advertise: EndPoint | undefined;
}

export interface Node {
  readonly port: number;
  stop(): Promise<void>;
}

/** A single node. */
export async function startNode(store: ServedStore, options: NodeOptions): Promise<Node> {
  const { host, credentials, maxAppendSize, advertise } = options;
  let endPoint: EndPoint = advertise ?? { host, port: options.port };
  const frontDoor = singleNode(randomUUID(), () => endPoint);
  const server = createEventStoreServer({ store, frontDoor, credentials, maxAppendSize });
  const listener = await listen(server, frontDoor, options);
  if (advertise === undefined) endPoint = { host, port: listener.port };
  return {
    port: listener.port,
    stop: async () => {
      frontDoor.close();
      await Promise.all([listener.close(), server.stop()]);
    },
  };
}
