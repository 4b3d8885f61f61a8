import type { RunningProjection } from "@touchline/projections";
import type { Changed, ChangedAfter } from "../read-model/changed.ts";

/**
 * Every family that changes after a position, in order, until the signal aborts. Changes that come faster than they are taken
 * become one. If several families changed at the position itself, they come again: nobody knows how many of them were taken.
 * Throws `Fault` when the view cannot be read.
 */
export type Follow = (after: bigint, signal: AbortSignal) => AsyncGenerator<Changed>;

const PAGE = 100;

export const createFollow = (changedAfter: ChangedAfter, { onCommit }: Pick<RunningProjection, "onCommit">): Follow =>
  async function* (after, signal) {
    const atStart = changedAfter(after - 1n, 2).filter((change) => change.position === after);
    let position = atStart.length > 1 ? after - 1n : after;
    let wake = () => {};
    const off = onCommit(() => wake());
    const stop = () => wake();
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        // Armed before reading, so that no commit falls between the two.
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const found = changedAfter(position, PAGE);
        for (const change of found) {
          if (signal.aborted) return;
          yield change;
          position = change.position;
        }
        if (found.length === 0) await promise;
      }
    } finally {
      off();
      signal.removeEventListener("abort", stop);
    }
  };
