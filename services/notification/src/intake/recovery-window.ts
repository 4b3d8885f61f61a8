import { RECOVERY_STREAM, type StoreEvent } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import type { Runtime } from "@touchline/service";

/** A restore is rare, and services are stopped for it; an end of the window may be noticed this much later. */
const KEPT_MS = 30_000;

/** Since when texts may be lost from the store; undefined when no window of a recovery is open. */
export const createRecoveryWindow = (
  store: Pick<EventStore, "read">,
  { now, monotonicMs }: Pick<Runtime, "now" | "monotonicMs">,
): (() => Promise<Date | undefined>) => {
  let last: StoreEvent | undefined;
  let readAt: number | undefined;
  return async () => {
    if (readAt === undefined || monotonicMs() - readAt > KEPT_MS) {
      last = (await store.read<StoreEvent>(RECOVERY_STREAM)).at(-1);
      readAt = monotonicMs();
    }
    if (last?.type !== "RecoveryBegan" || Date.parse(last.data.until) <= now().getTime()) return undefined;
    return new Date(last.data.since);
  };
};
