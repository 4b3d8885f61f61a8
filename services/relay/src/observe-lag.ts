import { type EventStore, measureLag, observeLag } from "@touchline/event-store";
import type { Metrics } from "@touchline/service";

/**
 * Shows how far NATS is behind the store. Returns a function that takes the position which NATS has reached. The store itself is
 * asked, because no round of the relay runs while NATS is away. Before the first round, the lag counts from the process's start.
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
