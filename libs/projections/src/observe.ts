import { observeLag } from "@touchline/event-store";
import type { Health, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

/** Shows the projections of a process in its metrics and health: how far behind, whether one has stopped. Once a process. */
export const observeProjections = (
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
  projections: readonly RunningProjection[],
): void => {
  for (const projection of projections) {
    health.add(`projection_${projection.name}`, () => {
      const status = projection.status();
      if (status.state === "stopped") return status.reason;
      return status.state === "live" ? undefined : "reads history";
    });
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
