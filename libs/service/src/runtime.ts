import { randomUUID } from "node:crypto";

/** Cancels a timer. Calling it twice, or after the timer has fired, does nothing. */
export type CancelTimer = () => void;

/**
 * What a service takes from its machine: clocks, timers and randomness. Each `main` makes one and passes it down. Nothing else
 * reads a clock, so a simulation can run the same code on its own clock.
 */
export interface Runtime {
  /** The wall clock. It may jump. */
  readonly now: () => Date;
  /** Milliseconds since some fixed moment. Never goes back. */
  readonly monotonicMs: () => number;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly uuid: () => string;
  /** Calls `work` once after `ms` milliseconds. */
  readonly after: (ms: number, work: () => void, options?: TimerOptions) => CancelTimer;
  /** Calls `work` every `ms` milliseconds. */
  readonly every: (ms: number, work: () => void, options?: TimerOptions) => CancelTimer;
  /** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal, options?: TimerOptions) => Promise<void>;
}

export interface TimerOptions {
  /** The process may end while the timer is pending. */
  readonly unref?: boolean;
  /**
   * A look for what nobody announces: a lost message, a clock that was set, a file that another process has made. Nothing may
   * rely on when it happens. A machine is on time; a simulation is late, so that years of looks that find nothing cost
   * nothing.
   */
  readonly guard?: boolean;
}

/** The machine's own clocks, timers and randomness. */
export const systemRuntime = (): Runtime => ({
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  random: Math.random,
  uuid: randomUUID,
  after: (ms, work, options) => {
    const timer = setTimeout(work, ms);
    if (options?.unref) timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, work, options) => {
    const timer = setInterval(work, ms);
    if (options?.unref) timer.unref();
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
});
