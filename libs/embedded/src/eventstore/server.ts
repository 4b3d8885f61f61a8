import type { Duplex } from "node:stream";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { appendHandler, deleteHandler } from "./rpc/append.ts";
import type { Credentials } from "./rpc/authentication.ts";
import { batchAppendHandler } from "./rpc/batch-append.ts";
import { clusterInfo, supportedMethods } from "./rpc/discovery.ts";
import { notReady } from "./rpc/failure.ts";
import type { FrontDoor } from "./rpc/front-door.ts";
import { Guard } from "./rpc/guard.ts";
import { HalfSent } from "./rpc/half-sent.ts";
import { inARow } from "./rpc/in-a-row.ts";
import { readHandler } from "./rpc/read.ts";
import { decodeRead } from "./rpc/read-request.ts";
import { decodeAppend, decodeBatchAppend, decodeDelete } from "./rpc/requests.ts";
import { method, type UnaryHandler } from "./rpc/service.ts";
import type { ServedStore } from "./store/store.ts";

export interface ServerOptions {
  store: ServedStore;
  frontDoor: FrontDoor;
  credentials: Credentials;
  maxAppendSize: number;
}

export interface EventStoreServer {
  /** Serves a connection that speaks HTTP/2. */
  accept(connection: Duplex): void;
  /** Ends long-lived calls. */
  endCalls(error: Error): void;
  /** How many long-lived calls are open. */
  openCalls(): number;
  /** Lets short calls finish and ends subscriptions, as a stopping node does. */
  stop(): Promise<void>;
}

const LARGEST_MESSAGE = 16 * 1024 * 1024;
const KEEPALIVE_MS = 10_000;

const STREAMS = "/event_store.client.streams.Streams";
const unary = { request: false, response: false };
/** grpc-js treats a request that decodes to undefined as one that never came. */
const nothing = (): object => ({});

const streamsService = {
  read: method(`${STREAMS}/Read`, { request: false, response: true }, decodeRead),
  append: method(`${STREAMS}/Append`, { request: true, response: false }, decodeAppend),
  batchAppend: method(`${STREAMS}/BatchAppend`, { request: true, response: true }, decodeBatchAppend),
  delete: method(`${STREAMS}/Delete`, unary, decodeDelete),
  tombstone: method(`${STREAMS}/Tombstone`, unary, decodeDelete),
};

const discoveryService = {
  getSupportedMethods: method("/event_store.client.server_features.ServerFeatures/GetSupportedMethods", unary, nothing),
  readGossip: method("/event_store.client.gossip.Gossip/Read", unary, nothing),
};

/** Speaks EventStoreDB's protocol for a store, on connections that other code accepts. */
export function createEventStoreServer(options: ServerOptions): EventStoreServer {
  const { store, frontDoor } = options;
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": -1,
    // As on a server. Otherwise the subscriptions of a client that is cut off without a word would stay open for ever.
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_MS,
    interceptors: [inARow],
  });
  const guard = new Guard(options.credentials, frontDoor);
  const limits = { appendBytes: options.maxAppendSize, halfSent: new HalfSent() };
  server.addService(streamsService, {
    read: guard.streaming("read", readHandler(store)),
    append: guard.receiving("append", appendHandler(store, limits)),
    batchAppend: guard.streaming("batchAppend", batchAppendHandler(store, limits)),
    delete: guard.unary("delete", deleteHandler(store, "delete")),
    tombstone: guard.unary("tombstone", deleteHandler(store, "tombstone")),
  });
  const features: UnaryHandler<object> = (_call, callback) => callback(null, supportedMethods());
  const gossip: UnaryHandler<object> = (call, callback) =>
    callback(null, clusterInfo(frontDoor.members(call.getHost()), Date.now()));
  server.addService(discoveryService, {
    getSupportedMethods: guard.unary("getSupportedMethods", features),
    readGossip: guard.unary("readGossip", gossip),
  });

  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  const endCalls = (error: Error): void => {
    for (const call of guard.open) call.emit("error", error);
  };
  return {
    accept: (connection) => connections.injectConnection(connection),
    endCalls,
    openCalls: () => guard.open.size,
    stop: async () => {
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      endCalls(notReady());
      const late = setTimeout(() => server.forceShutdown(), 2000);
      await drained;
      clearTimeout(late);
    },
  };
}
