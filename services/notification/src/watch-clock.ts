import type { Metrics } from "@touchline/service";

/**
 * Watches the clock of the event store: each event carries the instant at which it was stored. A store whose clock was ahead may
 * go on from there, so that all later events are of the future.
 */
export const watchStoreClock = (metrics: Metrics, now: () => Date) => {
  let newestMs = Number.NEGATIVE_INFINITY;
  metrics.gauge(
    "touchline_store_clock_ahead_seconds",
    "How far the newest event that was seen is ahead of this machine's clock.",
    [],
    (gauge) => gauge.set(Math.max(0, newestMs - now().getTime()) / 1_000),
  );
  return (created: Date): void => {
    newestMs = Math.max(newestMs, created.getTime());
  };
};
