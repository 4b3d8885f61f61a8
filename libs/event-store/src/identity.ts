import { STORE_STREAM } from "@touchline/contracts";
import type { EventStore } from "./types.ts";

/**
 * The id of the event that identifies the store. Appends the event if there is none. If several processes do so at once, one wins
 * and all get its id.
 */
export const identify = async (store: Pick<EventStore, "append" | "read" | "runtime">): Promise<string> => {
  const { runtime } = store;
  const [found] = await store.read(STORE_STREAM);
  if (found) return found.id;
  const identity = identityEvent(runtime.uuid(), runtime.now());
  await store.append(STORE_STREAM, [identity], "no_stream");
  // Another process may have been faster.
  const [stored] = await store.read(STORE_STREAM);
  return stored?.id ?? identity.id;
};

const RETRY_MS = 5_000;

/** Gives the store an identity as soon as it answers, without making the start wait. */
export const identifyWhenUp = async (
  store: Pick<EventStore, "append" | "read" | "runtime">,
  signal: AbortSignal,
  onFailed: (error: unknown) => void,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      await identify(store);
      return;
    } catch (error) {
      if (signal.aborted) return;
      onFailed(error);
      await store.runtime.sleep(RETRY_MS, signal);
    }
  }
};

const identityEvent = (id: string, now: Date) => ({
  id,
  type: "StoreIdentified",
  data: { identifiedAt: now.toISOString() },
  metadata: { service: "event-store" },
});
