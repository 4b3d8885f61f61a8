import type { Health, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

const LAG_KEPT_MS = 1_000;

/** Shows the projections of a process in its metrics and health: how far behind, whether one stands still. Once a process. */
export const observeProjections = (
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
  projections: readonly RunningProjection[],
): void => {
  for (const projection of projections) {
    health.add(`projection_${projection.name}`, () => {
      const status = projection.status();
      if (status.state === "stopped") return `stands still before ${status.eventType} ${status.eventId}`;
      return status.state === "live" ? undefined : "reads history";
    });
  }
  const measured = projections.map((projection) => ({ projection, lag: kept(() => projection.lag()) }));
  const gauge = (name: string, help: string, read: (m: (typeof measured)[number]) => number | Promise<number>) =>
    metrics.gauge(`touchline_projection_${name}`, help, ["projection"], async (g) => {
      for (const one of measured) {
        const labels = { projection: one.projection.name };
        try {
          g.set(labels, await read(one));
        } catch {
          // The event store is away: nobody knows.
          g.set(labels, Number.NaN);
        }
      }
    });
  gauge(
    "lag_events",
    "Stored events that the rows do not reflect, counted up to 10,000.",
    async (m) => (await m.lag()).events,
  );
  gauge(
    "lag_seconds",
    "Age of the oldest stored event that the rows do not reflect.",
    async (m) => (await m.lag()).seconds,
  );
  gauge("stopped", "1 while it stands still before an event that it cannot fold.", ({ projection }) =>
    projection.status().state === "stopped" ? 1 : 0,
  );
};

/** One measurement serves the gauges of one scrape. */
const kept = <T>(measure: () => Promise<T>): (() => Promise<T>) => {
  let last: { at: number; result: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now - last.at > LAG_KEPT_MS) last = { at: now, result: measure() };
    return last.result;
  };
};
