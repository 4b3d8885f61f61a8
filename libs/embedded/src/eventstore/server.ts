import { randomUUID } from "node:crypto";
import { type Metadata, Server, ServerCredentials, type UntypedHandleCall } from "@grpc/grpc-js";
import { appendHandler, deleteHandler } from "./rpc/append.ts";
import { type Credentials, checkCredentials } from "./rpc/authentication.ts";
import { batchAppendHandler } from "./rpc/batch-append.ts";
import { clusterInfo, supportedMethods } from "./rpc/discovery.ts";
import { asFailure, shuttingDown } from "./rpc/failure.ts";
import { HalfSent } from "./rpc/half-sent.ts";
import { inARow } from "./rpc/in-a-row.ts";
import { readHandler } from "./rpc/read.ts";
import { decodeRead } from "./rpc/read-request.ts";
import { decodeAppend, decodeBatchAppend, decodeDelete } from "./rpc/requests.ts";
import { method, type UnaryHandler } from "./rpc/service.ts";
import type { EventStore } from "./store/store.ts";

export interface ServerOptions {
  host: string;
  port: number;
  maxAppendSize: number;
  credentials: Credentials;
  /** What gossip tells clients to connect to; where the server listens, if not given. */
  advertise: { host: string; port: number } | undefined;
}

const LARGEST_MESSAGE = 16 * 1024 * 1024;

const STREAMS = "/event_store.client.streams.Streams";
const unary = { request: false, response: false };
/** grpc-js takes a request that decodes to nothing for one that never came. */
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

/** The calls of a server that are under way, which a shutdown has to end. */
type Call = {
  metadata: Metadata;
  emit(event: "error", error: Error): boolean;
  once(event: string, listener: () => void): unknown;
};

export class RunningServer {
  readonly port: number;
  private readonly server: Server;
  private readonly calls: Set<Call>;

  constructor(server: Server, port: number, calls: Set<Call>) {
    this.server = server;
    this.port = port;
    this.calls = calls;
  }

  /** Lets calls with an end come to it, and ends subscriptions, as a node that goes down does. */
  async stop(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    for (const call of this.calls) call.emit("error", shuttingDown());
    const late = setTimeout(() => this.server.forceShutdown(), 2000);
    await drained;
    clearTimeout(late);
  }
}

export async function startServer(store: EventStore, options: ServerOptions): Promise<RunningServer> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": -1,
    interceptors: [inARow],
  });
  const streaming = new Set<Call>();
  const guard = guarding(options.credentials, streaming);
  const instanceId = randomUUID();
  const endPoint = { host: options.advertise?.host ?? options.host, port: options.advertise?.port ?? 0 };

  const limits = { appendBytes: options.maxAppendSize, halfSent: new HalfSent() };
  server.addService(streamsService, {
    read: guard.streaming(readHandler(store)),
    append: guard.receiving(appendHandler(store, limits)),
    batchAppend: guard.streaming(batchAppendHandler(store, limits)),
    delete: guard.unary(deleteHandler(store, "delete")),
    tombstone: guard.unary(deleteHandler(store, "tombstone")),
  });
  const features: UnaryHandler<object> = (_call, callback) => callback(null, supportedMethods());
  const gossip: UnaryHandler<object> = (call, callback) =>
    callback(null, clusterInfo(instanceId, reachable(endPoint, call.getHost()), Date.now()));
  server.addService(discoveryService, { getSupportedMethods: guard.unary(features), readGossip: guard.unary(gossip) });

  const port = await listen(server, options);
  if (options.advertise === undefined) endPoint.port = port;
  return new RunningServer(server, port, streaming);
}

/** A node that listens everywhere has no name of its own: the one that this client used is as good as any. */
function reachable(endPoint: { host: string; port: number }, authority: string): { host: string; port: number } {
  if (endPoint.host !== "0.0.0.0" && endPoint.host !== "::") return endPoint;
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(authority) ?? [];
  return host === undefined ? endPoint : { host, port: Number(port) };
}

/** Refuses bad credentials before a handler sees the call, and keeps track of calls that may last. */
function guarding(credentials: Credentials, calls: Set<Call>) {
  const unary =
    <C extends { metadata: Metadata }, R>(handler: (call: C, callback: R) => void) =>
    (call: C, callback: R): void => {
      try {
        checkCredentials(call.metadata, credentials);
      } catch (error) {
        (callback as (error: Error) => void)(asFailure(error));
        return;
      }
      handler(call, callback);
    };
  return {
    unary,
    /** A stream of messages with one answer. Once the last message is there, the call comes to its answer by itself. */
    receiving: <C extends Call, R>(handler: (call: C, callback: R) => void) =>
      unary((call: C, callback: R): void => {
        calls.add(call);
        for (const over of ["end", "close", "cancelled", "error"]) call.once(over, () => calls.delete(call));
        handler(call, callback);
      }),
    streaming: <C extends Call>(handler: (call: C) => void): UntypedHandleCall =>
      ((call: C): void => {
        try {
          checkCredentials(call.metadata, credentials);
        } catch (error) {
          call.emit("error", asFailure(error));
          return;
        }
        calls.add(call);
        for (const over of ["close", "cancelled", "finish", "error"]) call.once(over, () => calls.delete(call));
        handler(call);
      }) as unknown as UntypedHandleCall,
  };
}

const listen = (server: Server, { host, port }: ServerOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
