import type { RunningProjection } from "@touchline/projections";
import type { HealthCheck } from "@touchline/service";

/**
 * Whether taps can be answered: the view has rows of an earlier run, or has read the history once. From then on rows that are
 * behind do, and also those of a view that has stopped. While its file cannot be read, the streams do.
 */
export const linksCheck = (view: Pick<RunningProjection, "position" | "ready" | "status">): HealthCheck => {
  let known = view.position() !== undefined;
  void view.ready.then(() => {
    known = true;
  });
  return () => (known || view.status().state === "waiting" ? undefined : "no history has been read yet");
};
