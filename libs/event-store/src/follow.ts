import { setTimeout as sleep } from "node:timers/promises";
import type { EventStore, SubscribeOptions } from "./types.ts";

export interface FollowOptions extends Omit<SubscribeOptions, "after"> {
  /** Where to go on after a break; asked before each subscription. */
  readonly position: () => bigint | undefined;
  readonly onBroken?: (error: unknown) => void;
}

const MAX_DELAY_MS = 5_000;

/** Follows `$all` for as long as `signal` allows: a broken subscription is made again, with backoff, where it stood. */
export const follow = async (store: EventStore, { position, onBroken, ...options }: FollowOptions): Promise<void> => {
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      await store.subscribe({
        ...options,
        after: position(),
        onEvent: (event) => {
          failures = 0;
          return options.onEvent(event);
        },
      });
    } catch (error) {
      onBroken?.(error);
      const delay = Math.min(100 * 2 ** failures++, MAX_DELAY_MS) * (0.5 + Math.random() / 2);
      await sleep(delay, undefined, { signal: options.signal }).catch(() => {});
    }
  }
};
