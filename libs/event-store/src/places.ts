import type { EventStore, StoredEvent } from "./types.ts";

/** Where an event is in `$all`, and which one it is. Positions alone come again for other events after a restore, or on another store. */
export type Place = Pick<StoredEvent, "position" | "id">;

/**
 * Whether a store still has what was seen of it: "exchanged" after it went back to an earlier moment, or when it is another
 * one. An event that was scavenged or erased decides nothing; the next remembered one does.
 *
 * @param places newest first, some of them older
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
