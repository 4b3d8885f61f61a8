import { randomUUID } from "node:crypto";
import type { RawStore } from "./raw-store.ts";
import type { DomainEvent, EventStore } from "./types.ts";

const STREAM = "store-moved";

interface StoreMoved extends DomainEvent {
  readonly type: "StoreMoved";
  readonly data: { readonly movedAt: string; readonly to: string };
}

/** The last event of a store that was moved: whoever starts on it would go on with an old copy. `to` holds no password. */
export const markMoved = async (store: RawStore, to: string, now: Date): Promise<void> => {
  const data = { movedAt: now.toISOString(), to };
  // False: it was marked before.
  await store.append(STREAM, 0n, [{ id: randomUUID(), type: "StoreMoved", data, metadata: { service: "ops" } }]);
};

/** The store that this one was moved to, if it was. */
export const movedTo = async (store: Pick<EventStore, "read">): Promise<string | undefined> => {
  const [event] = await store.read<StoreMoved>(STREAM);
  return event?.data.to;
};
