import type { Runtime } from "@touchline/service/runtime";
import type { RawStore } from "./raw-store.ts";

export const MOVED_STREAM = "store-moved";

/** The last event of a store that was moved: whoever starts on it would go on with an old copy. `to` holds no password. */
export const markMoved = async (store: RawStore, to: string, { now, uuid }: Runtime): Promise<void> => {
  const data = Buffer.from(JSON.stringify({ movedAt: now().toISOString(), to }));
  const metadata = Buffer.from(JSON.stringify({ service: "ops" }));
  const event = { id: uuid(), type: "StoreMoved", contentType: "application/json", data, metadata };
  // False: it was marked before.
  await store.append(MOVED_STREAM, 0n, [event]);
};

/** The store that this one was moved to, if it was. */
export const movedTo = async (store: Pick<RawStore, "stream">): Promise<string | undefined> => {
  const [event] = await store.stream(MOVED_STREAM);
  return event && (JSON.parse(Buffer.from(event.data).toString()) as { to: string }).to;
};
