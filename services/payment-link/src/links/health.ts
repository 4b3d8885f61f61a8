import type { RunningProjection } from "@touchline/projections";
import type { HealthCheck } from "@touchline/service";

/**
 * Whether taps can be answered: the view has rows of an earlier run, or has read the history once. From then on rows that are
 * behind do, and also those of a view that has stopped.
 */
export const linksCheck = (view: Pick<RunningProjection, "position" | "ready">): HealthCheck => {
  let known = view.position() !== undefined;
  void view.ready.then(() => {
    known = true;
  });
  return () => (known ? undefined : "no history has been read yet");
};
