import type { Health, Metrics } from "@touchline/service";

export const EXCHANGED =
  "The event store does not have the events that NATS has: it went back to an earlier moment, or is another one. Nothing is published until " +
  "you run `npm run ops -- recover` (after a restore) or `npm run ops -- republish` (after a move).";

export interface ObserveExchange {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: { readonly error: (sentence: string) => void; readonly info: (sentence: string) => void };
}

/** Says in health, metrics and log whether the store is the one that NATS was filled from. Pass the result each answer. */
export const observeExchange = ({ health, metrics, log }: ObserveExchange): ((exchanged: boolean) => void) => {
  let current = false;
  health.add("event_store_is_the_same", () => (current ? EXCHANGED : undefined));
  metrics.gauge(
    "touchline_relay_exchanged",
    "1 while nothing is published, because the event store does not have the events that NATS has.",
    [],
    (gauge) => gauge.set(current ? 1 : 0),
  );
  return (exchanged) => {
    if (exchanged && !current) log.error(EXCHANGED);
    if (!exchanged && current) log.info("NATS has only events of this event store again; publishing continues");
    current = exchanged;
  };
};
