import type { EventStore, StoredEvent } from "./types.ts";

/** An event's position in `$all` and its id. After a restore, or in another store, the same position may belong to another event. */
export type Place = Pick<StoredEvent, "position" | "id">;

/**
 * Whether a store still has the events that were seen in it. "exchanged" means that it was restored to an earlier time, or is a
 * different store. A scavenged or erased event proves nothing, so the next remembered one is checked.
 *
 * @param places newest first
 */
export const checkPlaces = async (
  store: Pick<EventStore, "at" | "head">,
  places: readonly Place[],
): Promise<"same" | "exchanged"> => {
  const [newest] = places;
  if (!newest) return "same";
  if (((await store.head()) ?? -1n) < newest.position) return "exchanged";
  for (const { position, id } of places) {
    const found = await store.at(position);
    if (found.kind === "never") return "exchanged";
    if (found.kind === "event") return found.id === id ? "same" : "exchanged";
  }
  return "same";
};
