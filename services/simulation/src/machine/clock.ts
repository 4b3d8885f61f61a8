import type { CancelTimer, Runtime } from "@touchline/service";
import { createTimers } from "./timers.ts";

/** A clock on which no time passes while anything can run, and then jumps to the next timer. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly after: (ms: number, work: () => void) => CancelTimer;
  /** Called when something happens that a guard may be looking for, so that guards are on time again. */
  readonly stir: () => void;
  /** How late a guard that is set now will be. */
  readonly latenessMs: () => number;
  /** Runs until that time. Everything due by then has happened, with all its immediate consequences. */
  readonly runUntil: (untilMs: number) => Promise<void>;
}

/**
 * Guards look for what nobody announces. On an idle machine they are late by four times as long as it has been idle, up to four
 * hours, so that ten days of them cost as much as a few hours. All other timers are on time.
 */
const AWAKE_MS = 1_000;
const LATER = 4;
const LATEST_MS = 4 * 3_600_000;

/** At least as long as Node's shortest timer, so that no loop can run without time passing. */
const SHORTEST_MS = 1;

const HOUR_MS = 3_600_000;
/** Twenty times as many as forty families need in their busiest hour. */
const MOST_IN_AN_HOUR = 100_000;

/** Something goes round in circles, and would for as long as time passes. */
export class BusyError extends Error {}

const countInHour = () => {
  let hour = 0;
  let count = 0;
  return (nowMs: number): void => {
    const now = Math.floor(nowMs / HOUR_MS);
    count = now === hour ? count + 1 : 1;
    hour = now;
    if (count > MOST_IN_AN_HOUR)
      throw new BusyError(`${MOST_IN_AN_HOUR} timers fired in one hour, until ${new Date(nowMs).toISOString()}`);
  };
};

/** @param settle resolves once nothing can go on before some timer fires */
export const createClock = (startMs: number, settle: () => Promise<void>): Clock => {
  const timers = createTimers();
  let now = startMs;
  let stirredAt = startMs;
  const fires = countInHour();
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
        fires(now);
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
  /** False once its process has ended: then none of its work runs. */
  readonly isAlive: () => boolean;
  /** The offset of the process's wall clock from true time. */
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
