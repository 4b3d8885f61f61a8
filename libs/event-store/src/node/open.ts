import { GossipClient } from "@eventstore/db-client/generated/gossip_grpc_pb.js";
import { StreamsClient } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import { Channel, type ChannelCredentials, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { Runtime } from "@touchline/service/runtime";
import { type Endpoint, type StoreAddress, showEndpoint } from "../address.ts";
import { socketsOf } from "./sockets.ts";
import { nameOptions } from "./tls.ts";

/** A channel to one node. Closing it ends every call on it; nothing reconnects by itself. */
export interface StoreNode {
  readonly endpoint: Endpoint;
  readonly streams: StreamsClient;
  readonly gossip: GossipClient;
  /** Sent with every call: user and password, if there are any. */
  readonly metadata: Metadata;
  /** Aborts when the node is closed. */
  readonly signal: AbortSignal;
  deadline(ms: number): Date;
  /** Remembers a call until it ends, so that closing the node ends it. */
  track<C extends Call>(call: C): C;
  /** How long ago the node last answered a call, whatever the answer. */
  answeredAgoMs(): number;
  close(): void;
}

interface Call {
  cancel(): void;
  on(event: "error", listener: () => void): unknown;
  on(event: "status", listener: (ended: StatusObject) => void): unknown;
}

/** The status of calls that the node has not answered. */
const UNANSWERED: ReadonlySet<status> = new Set([status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED]);

const CHANNEL_OPTIONS = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // Servers store events of up to 16 MiB.
  "grpc.max_receive_message_length": 17 * 1024 * 1024,
  // Otherwise channels to the same address share a connection, and the next one could inherit a dead one.
  "grpc.use_local_subchannel_pool": 1,
  // Only code that knows an append's ids may repeat it after the connection breaks.
  "grpc.enable_retries": 0,
};

export const openNode = (
  endpoint: Endpoint,
  { tls, login }: Pick<StoreAddress, "tls" | "login">,
  given: ChannelCredentials,
  runtime: Runtime,
): StoreNode => {
  const target = showEndpoint(endpoint);
  const { credentials, destroy } = socketsOf(given);
  const channel = new Channel(target, credentials, { ...CHANNEL_OPTIONS, ...nameOptions(endpoint) });
  const calls = new Set<Call>();
  const ending = new AbortController();
  let answeredAt = runtime.monotonicMs();
  const metadata = new Metadata();
  if (tls && login) {
    const basic = Buffer.from(`${login.user}:${login.password}`).toString("base64");
    metadata.set("authorization", `Basic ${basic}`);
  }
  return {
    endpoint,
    streams: new StreamsClient(target, credentials, { channelOverride: channel }),
    gossip: new GossipClient(target, credentials, { channelOverride: channel }),
    metadata,
    signal: ending.signal,
    deadline: (ms) => new Date(runtime.now().getTime() + ms),
    track: (call) => {
      calls.add(call);
      call.on("status", ({ code }) => {
        calls.delete(call);
        if (!UNANSWERED.has(code)) answeredAt = runtime.monotonicMs();
      });
      // A call may report its end a second time, when no listener is left.
      call.on("error", () => {});
      return call;
    },
    answeredAgoMs: () => runtime.monotonicMs() - answeredAt,
    close: () => {
      if (ending.signal.aborted) return;
      ending.abort();
      for (const call of calls) call.cancel();
      // On the next turn: if grpc-js is still looking up the address, it would connect a channel that is already closed.
      setImmediate(() => {
        channel.close();
        destroy();
      });
    },
  };
};
