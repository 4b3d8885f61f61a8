import type { CancelTimer, Runtime } from "./runtime.ts";

export interface DueOptions {
  readonly runtime: Pick<Runtime, "now" | "after" | "every">;
  readonly signal: AbortSignal;
  /** When the next thing is due by the wall clock, in milliseconds since 1970; undefined when nothing is planned. May throw. */
  readonly nextMs: () => number | undefined;
  /** Does what is due, at once or until its promise resolves. Deals with its own errors. */
  readonly look: () => unknown;
  /** Between two looks while something stays due because it cannot be done yet. */
  readonly againMs: number;
}

export interface DueLooks {
  /** Looks now. */
  readonly start: () => void;
  /** Something may be due sooner than was known. */
  readonly changed: () => void;
  /** Resolves when no look is under way. */
  readonly idle: () => Promise<void>;
}

/** Changes come in crowds, so a look waits for the rest of them. */
const GATHER_MS = 25;
/** A wall clock may be set, and a wake-up lost. */
const GUARD_MS = 10_000;
/** Node's timers end at 24 days. */
const LONGEST_MS = 86_400_000;

/** Sleeps until something is due, and then looks: in place of a look every second. */
export const lookWhenDue = ({ runtime, signal, nextMs, look, againMs }: DueOptions): DueLooks => {
  let timer: { readonly atMs: number; readonly cancel: CancelTimer } | undefined;
  let looking: Promise<unknown> | undefined;

  const wakeIn = (ms: number): void => {
    timer?.cancel();
    const wake = () => {
      timer = undefined;
      run();
    };
    timer = { atMs: runtime.now().getTime() + ms, cancel: runtime.after(ms, wake) };
  };

  /** @param leastMs for what is due already */
  const plan = (leastMs: number): void => {
    if (signal.aborted) return;
    const untilMs = msUntil(nextMs, runtime.now().getTime()) ?? againMs;
    if (untilMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(untilMs, leastMs), LONGEST_MS);
    if (!timer || runtime.now().getTime() + waitMs < timer.atMs) wakeIn(waitMs);
  };

  const run = (): void => {
    if (signal.aborted || looking) return;
    const work = look();
    const planNext = () => {
      looking = undefined;
      plan(againMs);
    };
    if (work instanceof Promise) looking = work.finally(planNext);
    else planNext();
  };

  const stopGuard = runtime.every(GUARD_MS, run, { guard: true });
  const stop = () => {
    stopGuard();
    timer?.cancel();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return { start: run, changed: () => plan(GATHER_MS), idle: async () => void (await looking) };
};

/** Infinite when nothing is planned; undefined when it cannot be known now. */
const msUntil = (nextMs: DueOptions["nextMs"], nowMs: number): number | undefined => {
  try {
    return (nextMs() ?? Number.POSITIVE_INFINITY) - nowMs;
  } catch {
    return undefined;
  }
};
