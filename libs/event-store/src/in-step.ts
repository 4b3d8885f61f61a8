import { follow } from "./follow.ts";
import type { EventStore, StoredEvent, SubscribeOptions } from "./types.ts";

/** Something kept in memory, in step with the log. */
export interface InStep {
  /** Follows the log until the signal aborts. */
  readonly follow: (signal: AbortSignal, onBroken: (error: unknown) => void) => Promise<void>;
  /** Whether what was taken is all there is, as far as anybody can tell without reading. */
  readonly isInStep: () => boolean;
}

export const inStepWith = (
  store: EventStore,
  wanted: Pick<SubscribeOptions, "prefixes" | "types">,
  take: (event: StoredEvent) => void,
): InStep => {
  let inStep = false;
  let position: bigint | undefined;
  return {
    isInStep: () => inStep,
    follow: (signal, onBroken) =>
      follow(store, {
        ...wanted,
        signal,
        position: () => position,
        onEvent: (event) => {
          take(event);
          position = event.position;
        },
        onCaughtUp: () => {
          inStep = true;
        },
        onFellBehind: () => {
          inStep = false;
        },
        onBroken: (error) => {
          inStep = false;
          onBroken(error);
        },
      }),
  };
};
