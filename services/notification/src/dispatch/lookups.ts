import { Fault } from "@touchline/contracts";
import { backoffMs } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";

/** Questions to the provider about texts, a few at a time; fewer and fewer while it does not answer. */
export interface Lookups {
  /** How many may be made now. */
  readonly room: () => number;
  /** How long until one may be made; infinite while only the end of another gives room. */
  readonly waitMs: () => number;
  readonly make: <T>(ask: () => Promise<T>) => Promise<T>;
}

const AT_ONCE = 4;
/** Faults in a row after which only one is made at a time. */
const BREAK_AFTER = 5;
/** Low enough that texts are looked up within a minute of the fix. */
const BACKOFF = { firstMs: 5_000, maxMs: 45_000 };

const isProvidersFault = (error: unknown): boolean => error instanceof Fault && error.code === "provider_unavailable";

export const createLookups = ({ monotonicMs, random }: Pick<Runtime, "monotonicMs" | "random">): Lookups => {
  let running = 0;
  let faultsInARow = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  const isBroken = () => faultsInARow >= BREAK_AFTER;
  const isHeld = () => monotonicMs() < untilMs;

  const answered = () => {
    faultsInARow = 0;
    untilMs = Number.NEGATIVE_INFINITY;
  };
  const failed = () => {
    // Faults of what was under way when the wait began add nothing.
    if (isHeld()) return;
    faultsInARow++;
    if (isBroken()) untilMs = monotonicMs() + backoffMs(faultsInARow - BREAK_AFTER + 1, BACKOFF, random);
  };

  // After a wait, one finds out.
  const room = () => (isHeld() ? 0 : Math.max(0, (isBroken() ? 1 : AT_ONCE) - running));

  return {
    room,
    waitMs: () => {
      if (isHeld()) return untilMs - monotonicMs();
      return room() > 0 ? 0 : Number.POSITIVE_INFINITY;
    },
    make: async (ask) => {
      running++;
      try {
        const answer = await ask();
        answered();
        return answer;
      } catch (error) {
        if (isProvidersFault(error)) failed();
        throw error;
      } finally {
        running--;
      }
    },
  };
};
