import type { Health, Metrics } from "@touchline/service";

export const EXCHANGED =
  "The event store does not have the events that NATS has: it was restored to an earlier time or replaced. Nothing is published until " +
  "you run `npm run ops -- recover` (after a restore) or `npm run ops -- republish` (after a move).";

export interface ObserveExchange {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: { readonly error: (sentence: string) => void; readonly info: (sentence: string) => void };
}

/**
 * Shows in health, metrics and log whether the store is the one that NATS was filled from. Call the returned function with each
 * check's result.
 */
export const observeExchange = ({ health, metrics, log }: ObserveExchange): ((exchanged: boolean) => void) => {
  let current = false;
  health.add("event_store_is_the_same", () => (current ? EXCHANGED : undefined));
  metrics.gauge(
    "touchline_relay_exchanged",
    "1 while nothing is published because the event store does not have the events that NATS has.",
    [],
    (gauge) => gauge.set(current ? 1 : 0),
  );
  return (exchanged) => {
    if (exchanged && !current) log.error(EXCHANGED);
    if (!exchanged && current) log.info("NATS and the event store agree again; publishing continues");
    current = exchanged;
  };
};
