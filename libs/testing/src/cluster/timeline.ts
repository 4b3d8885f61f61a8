import type { CancelTimer, Runtime } from "@touchline/service";

export type After = (ms: number, work: () => void) => CancelTimer;

/** Timers shortened by a pace: 0.1 plays a fault of ten seconds in one second. */
export const paced =
  (runtime: Runtime, pace: number): After =>
  (ms, work) =>
    runtime.after(ms * pace, work, { unref: true });

export type Step = readonly [ms: number, work: () => void];

/** Plays steps at their times. A new script replaces the last one. */
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
