import { follow } from "./follow.ts";
import type { EventStore } from "./types.ts";

/** Which streams hold an event of certain types, for events that hardly any stream has and every step has to know of. */
export interface StreamsWith {
  /** Keeps the names in memory, in step with the log, until the signal aborts. */
  follow(signal: AbortSignal, onBroken: (error: unknown) => void): Promise<void>;
  /** Whether the stream holds one; undefined while only reading it can tell. */
  has(stream: string): boolean | undefined;
}

export const streamsWith = (store: EventStore, types: readonly string[]): StreamsWith => {
  const streams = new Set<string>();
  let inStep = false;
  let position: bigint | undefined;
  return {
    follow: (signal, onBroken) =>
      follow(store, {
        types,
        signal,
        position: () => position,
        onEvent: (event) => {
          streams.add(event.stream);
          position = event.position;
        },
        onCaughtUp: () => {
          inStep = true;
        },
        onBroken: (error) => {
          inStep = false;
          onBroken(error);
        },
      }),
    has: (stream) => streams.has(stream) || (inStep ? false : undefined),
  };
};
