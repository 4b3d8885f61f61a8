import type { CancelTimer, Runtime } from "@touchline/service";

export type After = (ms: number, work: () => void) => CancelTimer;

/** Timers that a pace shortens: 0.1 plays a fault of ten seconds in one. */
export const paced =
  (runtime: Runtime, pace: number): After =>
  (ms, work) =>
    runtime.after(ms * pace, work, { unref: true });

export type Step = readonly [ms: number, work: () => void];

/** Plays steps at their times; a new script takes the place of the one before. */
export const createScript = (after: After) => {
  let pending: CancelTimer[] = [];
  const cancel = () => {
    for (const stop of pending) stop();
    pending = [];
  };
  return {
    cancel,
    play: (steps: readonly Step[]) => {
      cancel();
      pending = steps.map(([ms, work]) => after(ms, work));
    },
  };
};
