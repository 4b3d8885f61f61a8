import type { Runtime } from "@touchline/service/runtime";
import type { Applier } from "./applier.ts";

/** Applied events, committed in batches. */
export interface Batches {
  /** Schedules a commit; commits at once when the batch is full. */
  readonly commitSoon: () => void;
  /** Returns whether everything that was applied is now committed. */
  readonly commit: () => boolean;
  /** Calls the listener after each commit, with the position reached. */
  readonly onCommit: (listener: (position: bigint) => void) => () => void;
  /** Calls the listeners as after a commit, because the file's content was replaced. */
  readonly announce: () => void;
}

const MAX_BATCH = 1_000;
const COMMIT_EVERY_MS = 10;

/**
 * Everything that has already arrived goes into one transaction: the commit waits for the next turn of the event loop, and longer
 * while events come so fast that a transaction for each turn would be a waste.
 */
export const createBatches = (applier: Applier, runtime: Runtime, onFailed: (error: unknown) => void): Batches => {
  const listeners = new Set<(position: bigint) => void>();
  let cancel: (() => void) | undefined;
  let committedAt = Number.NEGATIVE_INFINITY;

  const announce = () => {
    for (const listener of listeners) listener(applier.position());
  };
  const commit = () => {
    cancel?.();
    cancel = undefined;
    if (applier.pending() === 0) return true;
    try {
      applier.commit();
    } catch (error) {
      onFailed(error);
      return false;
    }
    committedAt = runtime.monotonicMs();
    announce();
    return true;
  };

  return {
    commit,
    announce,
    commitSoon: () => {
      if (applier.pending() >= MAX_BATCH) commit();
      else cancel ??= runtime.after(Math.max(0, committedAt + COMMIT_EVERY_MS - runtime.monotonicMs()), commit);
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
