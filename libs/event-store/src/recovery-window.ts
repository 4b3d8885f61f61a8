import { RECOVERY_STREAM, type StoreEvent } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import type { EventStore } from "./types.ts";

/** How late the end of a window may be noticed. A restore is rare, and services are stopped for it. */
const KEPT_MS = 30_000;

/** The time since which events may be missing from the store; undefined when no recovery window is open. */
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

/** The stream may also hold events from a later version. */
const isOfWindow = ({ type }: StoreEvent): boolean => type === "RecoveryBegan" || type === "RecoveryEnded";
