import { observeLag } from "@touchline/event-store";
import type { Health, HealthOptions, Metrics } from "@touchline/service";
import type { RunningProjection } from "./runner.ts";

export interface ObserveProjections {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: { readonly warn: (about: object, sentence: string) => void };
}

/**
 * Shows the projections of a process in its metrics, health and log: how far they are behind, and whether one has stopped or was
 * rebuilt. Call it once in a process. `neededForTraffic` is false for a service that may answer requests from rows that are behind.
 */
export const observeProjections = (
  { metrics, health, log }: ObserveProjections,
  projections: readonly RunningProjection[],
  options: HealthOptions = {},
): void => {
  const exchanged = metrics.counter(
    "touchline_projection_exchanged_total",
    "Times that a view was rebuilt because the event store had different events than before.",
    ["projection"],
  );
  observeFiles(metrics, log, projections);
  const skipped = metrics.counter(
    "touchline_projection_skipped_total",
    "Events in the store that are not Touchline's, which a view skipped.",
    ["projection"],
  );
  for (const { name: projection, onSkipped } of projections) {
    skipped.inc({ projection }, 0);
    onSkipped(() => skipped.inc({ projection }));
  }
  for (const { name, onExchanged } of projections) {
    exchanged.inc({ projection: name }, 0);
    onExchanged(() => {
      exchanged.inc({ projection: name });
      log.warn(
        { projection: name },
        `The event store was restored to an earlier time, or is a different one. The view ${name} is being rebuilt from the first event.`,
      );
    });
  }
  for (const projection of projections) {
    const { name, status, brokenFor } = projection;
    const check = () => {
      const now = status();
      if (now.state === "stopped") return now.reason;
      return brokenFor() ?? (now.state === "catching_up" ? "reading history" : undefined);
    };
    health.add(`projection_${name}`, check, options);
    // Requests are still served: what is submitted is stored without the view.
    const file = () => {
      const now = status();
      return now.state === "waiting" ? now.reason : undefined;
    };
    health.add(`projection_${name}_file`, file, { neededForTraffic: false });
  }
  observeLag(
    metrics,
    { name: "touchline_projection", what: "not yet in the rows", labels: ["projection"] },
    projections.map(({ name, lag }) => ({ labels: { projection: name }, lag })),
  );
  metrics.gauge(
    "touchline_projection_stopped",
    "1 while the view is stopped: it cannot apply an event, or another process writes its file.",
    ["projection"],
    (gauge) => {
      for (const { name, status } of projections) gauge.set({ projection: name }, status().state === "stopped" ? 1 : 0);
    },
  );
};

const observeFiles = (
  metrics: Metrics,
  log: ObserveProjections["log"],
  projections: readonly RunningProjection[],
): void => {
  const damaged = metrics.counter(
    "touchline_projection_damaged_total",
    "Times that a view's file was found damaged and rebuilt.",
    ["projection"],
  );
  for (const { name, onTrouble } of projections) {
    damaged.inc({ projection: name }, 0);
    onTrouble(({ kind, error: err }) => {
      if (kind === "damaged") damaged.inc({ projection: name });
      const sentence =
        kind === "damaged"
          ? `The file of the view ${name} is damaged. It is being rebuilt from the first event.`
          : `The view ${name} cannot be written and is falling behind. It resumes by itself once the file can be written.`;
      log.warn({ projection: name, err }, sentence);
    });
  }
};
