import type { Health, HealthOptions, Metrics } from "@touchline/service";
import type { EventStore } from "./types.ts";

/** An election takes seconds and is no problem. A failure that lasts longer than this is reported. */
const REPORTED_AFTER_MS = 8_000;

/**
 * Shows in the health report and the metrics whether the store can be reached, and whether appends work: a store may answer every
 * read and accept no appends. `neededForTraffic` is false for a service that can answer requests without the store.
 */
export const reportStore = (store: EventStore, health: Health, metrics: Metrics, options: HealthOptions = {}): void => {
  const appends = () => {
    const { appendsFailingForMs: ms } = store.status();
    return ms < REPORTED_AFTER_MS ? undefined : `cannot append for ${Math.floor(ms / 1_000)} s`;
  };
  health.add("event_store", () => store.status().unreachable, options);
  health.add("event_store_appends", appends, options);
  metrics.gauge("touchline_event_store_up", "1 while the event store's leader is connected.", [], (g) =>
    g.set(store.status().unreachable ? 0 : 1),
  );
  metrics.gauge(
    "touchline_event_store_appends_ok",
    "0 once appends have failed for 8 seconds, until one works.",
    [],
    (g) => g.set(appends() ? 0 : 1),
  );
};
