import type { EventStore } from "@touchline/event-store";
import type { Projection } from "./projection.ts";

export interface Lag {
  /** Stored events that the rows do not reflect; counted up to 10,000. */
  readonly events: number;
  /** Age of the oldest of them; 0 when there is none. */
  readonly seconds: number;
}

const COUNTED_MAX = 10_000;

/** Asks the store what stands after a position. Cheap when nothing does. */
export const measureLag = async (
  store: EventStore,
  { prefixes }: Projection,
  position: bigint,
  now: () => number = Date.now,
): Promise<Lag> => {
  let events = 0;
  let oldest: Date | undefined;
  for await (const event of store.readAll({ prefixes, ...(position >= 0n && { after: position }) })) {
    oldest ??= event.created;
    if (++events >= COUNTED_MAX) break;
  }
  return { events, seconds: oldest ? Math.max(0, now() - oldest.getTime()) / 1_000 : 0 };
};
