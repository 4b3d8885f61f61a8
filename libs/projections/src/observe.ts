import { observeLag } from "@touchline/event-store";
import type { Health, HealthOptions, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

/**
 * Shows the projections of a process in its metrics and health: how far behind, whether one has stopped. Once a process.
 * `neededForTraffic` is false for a service that answers requests from rows that are behind.
 */
export const observeProjections = (
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
  projections: readonly RunningProjection[],
  options: HealthOptions = {},
): void => {
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
