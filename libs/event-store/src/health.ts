import type { Health, Metrics } from "@touchline/service";
import type { EventStore } from "./types.ts";

/** An election takes seconds and is no trouble; longer than this it is. */
const SAID_AFTER_MS = 8_000;

/**
 * Says in the health report and in the metrics whether the store can be reached, and whether appends work: a store may answer
 * every read and take nothing. `neededForTraffic` is false for a service that answers requests without it.
 */
export const reportStore = (
  store: EventStore,
  health: Health,
  metrics: Metrics,
  options: { readonly neededForTraffic?: boolean } = {},
): void => {
  const appends = () => {
    const { appendsFailingForMs: ms } = store.status();
    return ms < SAID_AFTER_MS ? undefined : `cannot append for ${Math.floor(ms / 1_000)} s`;
  };
  health.add("event_store", () => store.status().unreachable, options);
  health.add("event_store_appends", appends, options);
  metrics.gauge("touchline_event_store_up", "1 while the node of the event store that leads is connected.", [], (g) =>
    g.set(store.status().unreachable ? 0 : 1),
  );
  metrics.gauge("touchline_event_store_appends_ok", "0 when no append has worked for 8 seconds.", [], (g) =>
    g.set(appends() ? 0 : 1),
  );
};
