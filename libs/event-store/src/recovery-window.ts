import { RECOVERY_STREAM, type StoreEvent } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import type { EventStore } from "./types.ts";

/** A restore is rare, and services are stopped for it; an end of the window may be noticed this much later. */
const KEPT_MS = 30_000;

/** Since when events may be lost from the store; undefined when no window of a recovery is open. */
export const createRecoveryWindow = (
  store: Pick<EventStore, "read">,
  { now, monotonicMs }: Pick<Runtime, "now" | "monotonicMs">,
): (() => Promise<Date | undefined>) => {
  let last: StoreEvent | undefined;
  let readAt: number | undefined;
  return async () => {
    if (readAt === undefined || monotonicMs() - readAt > KEPT_MS) {
      last = (await store.read<StoreEvent>(RECOVERY_STREAM)).findLast(isOfWindow);
      readAt = monotonicMs();
    }
    if (last?.type !== "RecoveryBegan" || Date.parse(last.data.until) <= now().getTime()) return undefined;
    return new Date(last.data.since);
  };
};

/** The stream may also hold events of a later version. */
const isOfWindow = ({ type }: StoreEvent): boolean => type === "RecoveryBegan" || type === "RecoveryEnded";
