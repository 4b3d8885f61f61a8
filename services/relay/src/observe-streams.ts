import { gatewayChanges, gatewayRefusals, streams } from "@touchline/contracts";
import type { Messaging } from "@touchline/messaging";
import { inTime, type Metrics } from "@touchline/service";

const KEPT_MS = 5_000;

const ofGateway: ReadonlySet<string> = new Set([gatewayRefusals.durable, gatewayChanges.durable]);

interface Seen {
  readonly stream: string;
  readonly count: number;
  readonly bytes: number;
  readonly consumers: readonly { durable: string; pending: number; unacknowledged: number; redelivered: number }[];
}

/** Gauges of JetStream's streams and consumers, read at each scrape but at most every five seconds. */
export const observeStreams = (metrics: Metrics, messaging: Messaging): void => {
  const { monotonicMs } = messaging.runtime;
  let kept: { readonly atMs: number; readonly seen: Promise<readonly Seen[]> } | undefined;
  const seen = () => {
    const atMs = monotonicMs();
    if (!kept || atMs - kept.atMs > KEPT_MS) kept = { atMs, seen: look(messaging) };
    return kept.seen;
  };
  const consumer = (name: string, help: string, value: (c: Seen["consumers"][number]) => number) =>
    metrics.gauge(`touchline_consumer_${name}`, help, ["durable"], async (gauge) => {
      // While NATS is away, no value is better than an old one.
      gauge.reset();
      for (const one of (await seen()).flatMap(({ consumers }) => consumers))
        gauge.set({ durable: one.durable }, value(one));
    });
  const stream = (name: string, help: string, value: (s: Seen) => number) =>
    metrics.gauge(`touchline_stream_${name}`, help, ["stream"], async (gauge) => {
      gauge.reset();
      for (const one of await seen()) gauge.set({ stream: one.stream }, value(one));
    });
  consumer("pending", "Messages not yet delivered to a consumer.", (c) => c.pending);
  consumer("unacknowledged", "Messages delivered to a consumer and not yet acknowledged.", (c) => c.unacknowledged);
  consumer("redelivered", "Unacknowledged messages that were delivered more than once.", (c) => c.redelivered);
  stream("messages", "Messages in a JetStream stream. Those in DEAD_LETTERS wait for an operator.", (s) => s.count);
  stream("bytes", "Size of a JetStream stream.", (s) => s.bytes);
};

/** The streams that answer in time; one that does not is left out. */
const look = async (messaging: Messaging): Promise<Seen[]> => {
  if (!messaging.connected) return [];
  const looks = Object.values(streams).map((stream) => inTime(lookAt(messaging, stream), messaging.runtime));
  return (await Promise.all(looks)).filter((seen) => seen !== undefined);
};

const lookAt = async ({ jsm }: Messaging, stream: string): Promise<Seen> => {
  const { state } = await jsm.streams.info(stream);
  const consumers: Seen["consumers"][number][] = [];
  for await (const { name, config, ...c } of jsm.consumers.list(stream)) {
    // A consumer without a durable name is somebody debugging, and the gateway need not use its own.
    if (!config.durable_name || ofGateway.has(name)) continue;
    consumers.push({
      durable: name,
      pending: c.num_pending,
      unacknowledged: c.num_ack_pending,
      redelivered: c.num_redelivered,
    });
  }
  return { stream, count: state.messages, bytes: state.bytes, consumers };
};
