import { type Backoff, backoffMs } from "@touchline/service";
import type { EventStore, SubscribeOptions } from "./types.ts";

export interface FollowOptions extends Omit<SubscribeOptions, "after"> {
  /** The position to continue from; read before each subscription. */
  readonly position: () => bigint | undefined;
  /** Awaited before each subscription. If it fails, it is tried again like a broken subscription. */
  readonly beforeEach?: (() => Promise<void>) | undefined;
  readonly onBroken?: (error: unknown) => void;
}

/** Short, because the store itself waits for a node before it gives up. */
const RENEWAL: Backoff = { firstMs: 50, maxMs: 1_000 };

/** Follows `$all` until `signal` aborts. Renews a broken subscription, with backoff, from where it was. */
export const follow = async (
  store: EventStore,
  { position, beforeEach, onBroken, ...options }: FollowOptions,
): Promise<void> => {
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      if (beforeEach) await beforeEach();
      if (options.signal.aborted) return;
      await store.subscribe({
        ...options,
        after: position(),
        onEvent: (event) => {
          failures = 0;
          return options.onEvent(event);
        },
        onCaughtUp: () => {
          failures = 0;
          options.onCaughtUp?.();
        },
      });
    } catch (error) {
      if (options.signal.aborted) return;
      onBroken?.(error);
      const { runtime } = store;
      await runtime.sleep(backoffMs(++failures, RENEWAL, runtime.random), options.signal);
    }
  }
};
