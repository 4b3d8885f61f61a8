import type { Metrics } from "@touchline/service";

/** Watches the event store's clock: each event has the time at which it was stored. */
export const watchStoreClock = (metrics: Metrics, now: () => Date) => {
  let lastMs = Number.NEGATIVE_INFINITY;
  metrics.gauge(
    "touchline_store_clock_ahead_seconds",
    "How far the last event seen is ahead of this machine's clock.",
    [],
    (gauge) => gauge.set(Math.max(0, lastMs - now().getTime()) / 1_000),
  );
  return (created: Date): void => {
    lastMs = created.getTime();
  };
};
