import { observeLag } from "@touchline/event-store";
import type { Health, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

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
  observeLag(
    metrics,
    { name: "touchline_projection", what: "that the rows do not reflect", labels: ["projection"] },
    projections.map(({ name, lag }) => ({ labels: { projection: name }, lag })),
  );
  metrics.gauge(
    "touchline_projection_stopped",
    "1 while it stands still before an event that it cannot fold.",
    ["projection"],
    (gauge) => {
      for (const { name, status } of projections) gauge.set({ projection: name }, status().state === "stopped" ? 1 : 0);
    },
  );
};
