import type { CancelTimer, Runtime } from "@touchline/service";
import { createTimers } from "./timers.ts";

/** A clock on which no time passes while anything can run, and then jumps to the next timer. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly after: (ms: number, work: () => void) => CancelTimer;
  /** Something has happened that others may be waiting for: timers are on time again. */
  readonly stir: () => void;
  /** How late a program's timer is that is set now. */
  readonly latenessMs: () => number;
  /** Goes on until that moment; everything that is due by then has happened, with all that follows from it at once. */
  readonly runUntil: (untilMs: number) => Promise<void>;
}

/**
 * A machine on which nothing happens dozes, and its timers are late: by four times as long as it has been idle, up to twenty
 * minutes. No program may rely on more, and ten days of polls cost as much as some hours of them.
 */
const AWAKE_MS = 3_000;
const LATEST_MS = 1_200_000;
/** A wait that is no poll: it is always on time. */
const SHORT_MS = 200;

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
    latenessMs: () => Math.min(Math.max(0, now - stirredAt - AWAKE_MS) * 4, LATEST_MS),
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
  /** Whether its timers are late while nothing happens. */
  readonly dozes: boolean;
  /** How far the process's wall clock is from the true one. */
  readonly skewMs: () => number;
}

/** The runtime of one process on the clock. */
export const runtimeOn = (clock: Clock, { random, uuid, isAlive, dozes, skewMs }: RuntimeOptions): Runtime => {
  const after: Runtime["after"] = (ms, work) => clock.after(ms + lateMs(ms), () => isAlive() && work());
  const lateMs = (ms: number) => (dozes && ms >= SHORT_MS ? clock.latenessMs() : 0);
  const every: Runtime["every"] = (ms, work) => {
    let cancel: CancelTimer = () => {};
    const again = () => {
      cancel = after(ms, () => {
        again();
        work();
      });
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
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = () => {
          cancel();
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const cancel = after(ms, finish);
        signal?.addEventListener("abort", finish, { once: true });
      }),
  };
};
