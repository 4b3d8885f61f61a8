import { type EventStore, measureLag, observeLag } from "@touchline/event-store";
import type { Metrics } from "@touchline/service";

/**
 * Shows how far NATS is behind the store. Call the returned function with each position that NATS reaches. The lag comes from the
 * store itself, because the relay runs no round while NATS is away. Before the first round, it counts from the start of the
 * process.
 */
export const observeRelayLag = (metrics: Metrics, store: EventStore): ((position: bigint) => void) => {
  let reached: bigint | undefined;
  const lag = async () => {
    const start = reached ?? (await store.head()) ?? -1n;
    reached ??= start;
    return measureLag(store, reached);
  };
  observeLag(metrics, { name: "touchline_relay", what: "that NATS does not have", runtime: store.runtime }, [
    { labels: {}, lag },
  ]);
  return (position) => {
    reached = position;
  };
};
