import type { Runtime } from "./runtime.ts";

/** Work that is tried again and again, and whose failure is reported once it lasts. */
export interface FailureWatch {
  readonly failed: (error: unknown) => void;
  readonly works: () => void;
  /** For people: for how long it has failed, and why the last time. Undefined while it works, or has not failed for long. */
  readonly reason: () => string | undefined;
}

/** A lost connection, or an election, is over by then. */
const REPORTED_AFTER_MS = 10_000;

export const watchFailures = ({ monotonicMs }: Pick<Runtime, "monotonicMs">): FailureWatch => {
  let failing: { readonly sinceMs: number; readonly error: unknown } | undefined;
  return {
    failed: (error) => {
      failing = { sinceMs: failing?.sinceMs ?? monotonicMs(), error };
    },
    works: () => {
      failing = undefined;
    },
    reason: () => {
      const ms = failing ? monotonicMs() - failing.sinceMs : 0;
      return ms < REPORTED_AFTER_MS ? undefined : `failing for ${Math.floor(ms / 1_000)} s: ${String(failing?.error)}`;
    },
  };
};
