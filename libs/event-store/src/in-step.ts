import { follow } from "./follow.ts";
import type { EventStore, StoredEvent, SubscribeOptions } from "./types.ts";

/** Something kept in memory, in step with the log. */
export interface InStep {
  /** Follows the log until the signal aborts. */
  readonly follow: (signal: AbortSignal, onBroken: (error: unknown) => void) => Promise<void>;
  /** Whether what was taken is all there is, as far as can be known without reading. */
  readonly isInStep: () => boolean;
}

/** A server that falls behind does not say so: its events come late, and then on time again. */
const LATE_MS = 5_000;
const SETTLED_MS = 10_000;

export const inStepWith = (
  store: EventStore,
  wanted: Pick<SubscribeOptions, "prefixes" | "types">,
  take: (event: StoredEvent) => void,
): InStep => {
  const { runtime } = store;
  let caughtUp = false;
  let lateAt: number | undefined;
  let position: bigint | undefined;
  const settled = () => lateAt === undefined || runtime.monotonicMs() - lateAt >= SETTLED_MS;
  return {
    isInStep: () => caughtUp && settled(),
    follow: (signal, onBroken) =>
      follow(store, {
        ...wanted,
        signal,
        position: () => position,
        onEvent: (event) => {
          take(event);
          position = event.position;
          if (caughtUp && runtime.now().getTime() - event.created.getTime() > LATE_MS) lateAt = runtime.monotonicMs();
        },
        onCaughtUp: () => {
          caughtUp = true;
          lateAt = undefined;
        },
        onBroken: (error) => {
          caughtUp = false;
          onBroken(error);
        },
      }),
  };
};
