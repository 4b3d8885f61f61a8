import { type EventStore, measureLag, observeLag } from "@touchline/event-store";
import type { Metrics } from "@touchline/service";

/**
 * Shows how far NATS is behind the store, and takes in how far it has come. The store itself is asked: while NATS is away
 * no round of the relay runs that would know what waits. Before the first round, what was stored since the process
 * began is known to wait.
 */
export const observeRelayLag = (metrics: Metrics, store: EventStore): ((position: bigint) => void) => {
  let reached: bigint | undefined;
  const lag = async () => {
    const start = reached ?? (await store.head()) ?? -1n;
    reached ??= start;
    return measureLag(store, reached);
  };
  observeLag(metrics, { name: "touchline_relay", what: "that NATS does not have" }, [{ labels: {}, lag }]);
  return (position) => {
    reached = position;
  };
};
