import type { CancelTimer, Runtime } from "@touchline/service";
import { createTimers } from "./timers.ts";

/** A clock on which no time passes while anything can run, and then jumps to the next timer. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly after: (ms: number, work: () => void) => CancelTimer;
  /** Something has happened that a guard may be looking for: guards are on time again. */
  readonly stir: () => void;
  /** How late a guard is that is set now. */
  readonly latenessMs: () => number;
  /** Goes on until that moment; everything that is due by then has happened, with all that follows from it at once. */
  readonly runUntil: (untilMs: number) => Promise<void>;
}

/**
 * Guards, which look for what nobody announces, are late on a machine on which nothing happens: by four times as long as it has been
 * idle, up to an hour. Ten days of looks then cost as much as some hours of them. All other timers are on time.
 */
const AWAKE_MS = 1_000;
const LATER = 4;
const LATEST_MS = 3_600_000;

/** As long as a timer of Node's at least, so that nothing can go round without time going on. */
const SHORTEST_MS = 1;

/** @param settle resolves once nothing can go on before some timer fires */
export const createClock = (startMs: number, settle: () => Promise<void>): Clock => {
  const timers = createTimers();
  let now = startMs;
  let stirredAt = startMs;
  return {
    nowMs: () => now,
    stir: () => {
      stirredAt = now;
    },
    latenessMs: () => Math.min(Math.max(0, now - stirredAt - AWAKE_MS) * LATER, LATEST_MS),
    after: (ms, work) => {
      const wait = Number.isFinite(ms) ? Math.max(Math.floor(ms), SHORTEST_MS) : SHORTEST_MS;
      const timer = timers.set(now + wait, work);
      return () => {
        timer.cancelled = true;
      };
    },
    runUntil: async (untilMs) => {
      await settle();
      for (let timer = timers.takeDue(untilMs); timer; timer = timers.takeDue(untilMs)) {
        now = Math.max(now, timer.atMs);
        timer.work();
        await settle();
      }
      now = Math.max(now, untilMs);
    },
  };
};

export interface RuntimeOptions {
  readonly random: () => number;
  readonly uuid: () => string;
  /** False once its process is gone: nothing of it happens any more. */
  readonly isAlive: () => boolean;
  /** How far the process's wall clock is from the true one. */
  readonly skewMs: () => number;
}

/** The runtime of one process on the clock. */
export const runtimeOn = (clock: Clock, { random, uuid, isAlive, skewMs }: RuntimeOptions): Runtime => {
  const after: Runtime["after"] = (ms, work, options) =>
    clock.after(ms + (options?.guard ? clock.latenessMs() : 0), () => isAlive() && work());
  const every: Runtime["every"] = (ms, work, options) => {
    let cancel: CancelTimer = () => {};
    const again = () => {
      cancel = after(
        ms,
        () => {
          again();
          work();
        },
        options,
      );
    };
    again();
    return () => cancel();
  };
  return {
    now: () => new Date(clock.nowMs() + skewMs()),
    monotonicMs: clock.nowMs,
    random,
    uuid,
    after,
    every,
    sleep: (ms, signal, options) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = () => {
          cancel();
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const cancel = after(ms, finish, options);
        signal?.addEventListener("abort", finish, { once: true });
      }),
  };
};
