import { streams } from "@touchline/contracts";
import type { Messaging } from "@touchline/messaging";
import { inTime, type Metrics, type Runtime } from "@touchline/service";

const KEPT_MS = 5_000;

interface Seen {
  readonly consumers: readonly { durable: string; pending: number; unacknowledged: number; redelivered: number }[];
  readonly messages: readonly { stream: string; count: number; bytes: number }[];
}

/** JetStream as its consumers see it, asked when metrics are read; at most once in five seconds. */
export const observeStreams = (
  metrics: Metrics,
  messaging: Messaging,
  { monotonicMs }: Pick<Runtime, "monotonicMs">,
): void => {
  let kept: { readonly atMs: number; readonly seen: Promise<Seen | undefined> } | undefined;
  const seen = () => {
    const atMs = monotonicMs();
    if (!kept || atMs - kept.atMs > KEPT_MS) kept = { atMs, seen: inTime(look(messaging)) };
    return kept.seen;
  };
  const consumer = (name: string, help: string, value: (c: Seen["consumers"][number]) => number) =>
    metrics.gauge(`touchline_consumer_${name}`, help, ["durable"], async (gauge) => {
      // While NATS is away, no number is better than an old one.
      gauge.reset();
      for (const one of (await seen())?.consumers ?? []) gauge.set({ durable: one.durable }, value(one));
    });
  const stream = (name: string, help: string, value: (s: Seen["messages"][number]) => number) =>
    metrics.gauge(`touchline_stream_${name}`, help, ["stream"], async (gauge) => {
      gauge.reset();
      for (const one of (await seen())?.messages ?? []) gauge.set({ stream: one.stream }, value(one));
    });
  consumer("pending", "Messages that a consumer has not been given yet.", (c) => c.pending);
  consumer("unacknowledged", "Messages in flight to a consumer, not yet acknowledged.", (c) => c.unacknowledged);
  consumer("redelivered", "Messages in flight that were delivered more than once.", (c) => c.redelivered);
  stream("messages", "Messages in a JetStream stream; those in DEAD_LETTERS wait for an operator.", (s) => s.count);
  stream("bytes", "Size of a JetStream stream.", (s) => s.bytes);
};

const look = async ({ connected, jsm }: Messaging): Promise<Seen | undefined> => {
  if (!connected) return undefined;
  const consumers: Seen["consumers"][number][] = [];
  const messages: Seen["messages"][number][] = [];
  for (const stream of Object.values(streams)) {
    const { state } = await jsm.streams.info(stream);
    messages.push({ stream, count: state.messages, bytes: state.bytes });
    for await (const { name, config, ...c } of jsm.consumers.list(stream)) {
      // A consumer without a durable name belongs to somebody who is debugging.
      if (!config.durable_name) continue;
      consumers.push({
        durable: name,
        pending: c.num_pending,
        unacknowledged: c.num_ack_pending,
        redelivered: c.num_redelivered,
      });
    }
  }
  return { consumers, messages };
};
