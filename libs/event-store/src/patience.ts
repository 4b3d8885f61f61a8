import { Fault } from "@touchline/contracts";
import { type Backoff, backoffMs } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import type { EventStore } from "./types.ts";

/**
 * How long a step may wait for a stream that others append to. A leader refuses an append because of events that it is about to
 * store. Readers see those only once most nodes have them: about 10 ms later, or seconds.
 */
export const patienceMs = { message: 10_000, webhook: 4_000, call: 2_000 } as const;

/** The same store, for callers that wait no longer than this. */
export const withPatience = (store: EventStore, ms: number): EventStore => ({ ...store, patienceMs: ms });

/** Growing waits with jitter, until the time is up. */
export interface Patience {
  isOver(): boolean;
  wait(): Promise<void>;
}

const WAITS: Backoff = { firstMs: 10, maxMs: 1_000 };

export const startPatience = (runtime: Runtime, ms: number): Patience => {
  const endsAt = runtime.monotonicMs() + ms;
  let waits = 0;
  return {
    isOver: () => runtime.monotonicMs() >= endsAt,
    wait: () => {
      const waitMs = backoffMs(++waits, WAITS, runtime.random);
      return runtime.sleep(Math.min(waitMs, endsAt - runtime.monotonicMs()));
    },
  };
};

/**
 * An append whose answer was lost may have happened. Repeating it with the same ids settles that: the store answers "done" if the
 * events there are ours, and "wrong revision" if not. It is repeated at least once, perhaps on another node.
 */
export const appendUntilKnown = async <T>(patience: Patience, append: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try {
      return await append();
    } catch (error) {
      if (!(error instanceof Fault) || (tries > 0 && patience.isOver())) throw error;
      if (tries > 0) await patience.wait();
    }
  }
};
