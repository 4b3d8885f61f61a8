import type { CancelTimer } from "@touchline/service";
import type { Clock } from "./clock.ts";

/** Whether a program gets any processor time. While it gets none, everything sent to it waits, in order. */
export interface Pause {
  readonly isPaused: () => boolean;
  readonly begin: (ms: number) => void;
  /** Does the work now, or when the pause is over. */
  readonly run: (work: () => void) => void;
  /** Resolves at once, or when the pause is over. */
  readonly over: () => Promise<void>;
}

export const createPause = ({ after }: Pick<Clock, "after">): Pause => {
  let waiting: (() => void)[] | undefined;
  const run: Pause["run"] = (work) => (waiting ? void waiting.push(work) : work());
  return {
    isPaused: () => waiting !== undefined,
    begin: (ms) => {
      if (waiting) return;
      waiting = [];
      after(ms, () => {
        const works = waiting ?? [];
        waiting = undefined;
        for (const work of works) work();
      });
    },
    run,
    over: async () => {
      if (waiting) await new Promise<void>(run);
    },
  };
};

/** Timers of a program that may be paused. One due during a pause may still be cancelled by work that runs before it. */
export const afterPause =
  ({ after }: Pick<Clock, "after">, { run }: Pick<Pause, "run">): Clock["after"] =>
  (ms, work): CancelTimer => {
    let isCancelled = false;
    const cancel = after(ms, () => run(() => isCancelled || work()));
    return () => {
      isCancelled = true;
      cancel();
    };
  };
