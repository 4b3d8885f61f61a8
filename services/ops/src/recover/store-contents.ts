import type { RawEvent, RawStore } from "@touchline/event-store";
import { isStoresOwn } from "./relayed.ts";

/** The state of a store before anything is brought back. */
export interface StoreContents {
  readonly ids: Set<string>;
  /** The revision that each stream's next event gets. */
  readonly next: Map<string, bigint>;
  /** When its last event was stored, which is the time of the backup, if nothing has written to it since the restore. */
  readonly until: Date | undefined;
}

export const contentsOf = async (store: RawStore): Promise<StoreContents> => {
  const ids = new Set<string>();
  const next = new Map<string, bigint>();
  let until: Date | undefined;
  for await (const event of store.events()) {
    if (isSystem(event)) continue;
    ids.add(event.id);
    next.set(event.stream, event.revision + 1n);
    if (!isStoresOwn(event) && (!until || event.created > until)) until = event.created;
  }
  return { ids, next, until };
};

const isSystem = ({ stream, type }: RawEvent): boolean => stream.startsWith("$") || type.startsWith("$");
