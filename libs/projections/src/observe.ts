import { observeLag } from "@touchline/event-store";
import type { Health, HealthOptions, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

export interface ObserveProjections {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: { readonly warn: (about: object, sentence: string) => void };
}

/**
 * Shows the projections of a process in its metrics, health and log: how far behind, whether one has stopped or was rebuilt. Once
 * a process. `neededForTraffic` is false for a service that answers requests from rows that are behind.
 */
export const observeProjections = (
  { metrics, health, log }: ObserveProjections,
  projections: readonly RunningProjection[],
  options: HealthOptions = {},
): void => {
  const exchanged = metrics.counter(
    "touchline_projection_exchanged_total",
    "Times that a view was rebuilt because the event store had other events than before.",
    ["projection"],
  );
  for (const { name, onExchanged } of projections) {
    exchanged.inc({ projection: name }, 0);
    onExchanged(() => {
      exchanged.inc({ projection: name });
      log.warn(
        { projection: name },
        `The event store went back to an earlier moment, or is another one: the view ${name} is rebuilt from its first event.`,
      );
    });
  }
  for (const projection of projections) {
    const check = () => {
      const status = projection.status();
      if (status.state === "stopped") return status.reason;
      return status.state === "live" ? undefined : "reads history";
    };
    health.add(`projection_${projection.name}`, check, options);
  }
  observeLag(
    metrics,
    { name: "touchline_projection", what: "that the rows do not reflect", labels: ["projection"] },
    projections.map(({ name, lag }) => ({ labels: { projection: name }, lag })),
  );
  metrics.gauge(
    "touchline_projection_stopped",
    "1 while it has stopped before an event that it cannot apply, or because another process writes its file.",
    ["projection"],
    (gauge) => {
      for (const { name, status } of projections) gauge.set({ projection: name }, status().state === "stopped" ? 1 : 0);
    },
  );
};
