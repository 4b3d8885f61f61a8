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

/**
 * An append that changes nothing: the identity event again, under the same id. It works whenever appends work, and gives a store
 * without an identity one. Resolves with whether it was appended: a refusal, because another append is in flight, proves
 * nothing.
 */
export const appendAgain = async (store: Pick<EventStore, "append" | "read" | "runtime">): Promise<boolean> => {
  const [found] = await store.read(STORE_STREAM);
  const { id, data } = found ?? identityEvent(store.runtime.uuid(), store.runtime.now());
  const { ok } = await store.append(STORE_STREAM, [{ ...identityEvent(id, store.runtime.now()), data }], "no_stream");
  return ok;
};

const identityEvent = (id: string, now: Date) => ({
  id,
  type: "StoreIdentified",
  data: { identifiedAt: now.toISOString() },
  metadata: { service: "event-store" },
});
