import { STORE_STREAM } from "@touchline/contracts";
import type { EventStore } from "./types.ts";

/**
 * The id of the event that identifies the store; appended when there is none. Of several processes that do so at once, one
 * wins, and all get its id.
 */
export const identify = async (store: Pick<EventStore, "append" | "read" | "runtime">): Promise<string> => {
  const { runtime } = store;
  const [found] = await store.read(STORE_STREAM);
  if (found) return found.id;
  const identity = identityEvent(runtime.uuid(), runtime.now());
  await store.append(STORE_STREAM, [identity], "no_stream");
  // Another process may have been first.
  const [stored] = await store.read(STORE_STREAM);
  return stored?.id ?? identity.id;
};

const RETRY_MS = 5_000;

/** Sees to it that the store has an identity as soon as it answers, for a start that does not wait for that. */
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
 * An append that changes nothing: the identity event again, under the same id. It works whenever an append does; a store
 * that has no identity gets one. Resolves with whether it was appended: one that is refused, because another is in flight,
 * shows nothing.
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
