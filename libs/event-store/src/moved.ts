import { MOVED_STREAM } from "@touchline/contracts";
import { v5 as uuidv5 } from "uuid";
import type { RawStore } from "./raw-store.ts";

const NAMESPACE = "4c1f5f0b-0e0d-5a57-8f5c-2f7a4b0f9b5e";

/** Appends the last event of a moved store. From then on, the store is an old copy. `to` holds no password. */
export const markMoved = async (store: RawStore, to: string, now: Date, actor: string): Promise<void> => {
  const data = Buffer.from(JSON.stringify({ movedAt: now.toISOString(), to }));
  const metadata = Buffer.from(JSON.stringify({ service: "ops", actor }));
  const event = { id: uuidv5(to, NAMESPACE), type: "StoreMoved", contentType: "application/json", data, metadata };
  // False when the store was already marked.
  await store.append(MOVED_STREAM, 0n, [event]);
};

/** The store that this one was moved to, if any. */
export const movedTo = async (store: Pick<RawStore, "stream">): Promise<string | undefined> => {
  const [event] = await store.stream(MOVED_STREAM);
  return event && (JSON.parse(Buffer.from(event.data).toString()) as { to: string }).to;
};
