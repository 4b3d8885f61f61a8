import { type InStep, inStepWith } from "./in-step.ts";
import type { EventStore } from "./types.ts";

/**
 * Knows which streams hold an event of certain types, for rare events that a step must not miss. Each such stream takes a few
 * hundred bytes of memory.
 */
export interface StreamsWith extends Pick<InStep, "follow"> {
  /** Whether the stream holds one; undefined while the stream has to be read to know. */
  has(stream: string): boolean | undefined;
}

export const streamsWith = (store: EventStore, types: readonly string[]): StreamsWith => {
  const streams = new Set<string>();
  const kept = inStepWith(store, {
    types,
    take: (event) => void streams.add(event.stream),
    forget: () => streams.clear(),
  });
  return { follow: kept.follow, has: (stream) => streams.has(stream) || (kept.isInStep() ? false : undefined) };
};
