import type { RunningProjection } from "@touchline/projections";
import type { HealthCheck } from "@touchline/service";

/**
 * Whether taps can be answered: the view has rows of an earlier run, or has read the history once. After that, rows that are
 * behind or of a stopped view are good enough. While its file cannot be read, the streams are used.
 */
export const linksCheck = (view: Pick<RunningProjection, "position" | "ready" | "status">): HealthCheck => {
  let known = view.position() !== undefined;
  void view.ready.then(() => {
    known = true;
  });
  return () => (known || view.status().state === "waiting" ? undefined : "no history has been read yet");
};
