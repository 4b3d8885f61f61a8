import { randomUUID } from "node:crypto";
import { RECOVERY_STREAM, type StoreEvent } from "@touchline/contracts";
import type { RawStore } from "@touchline/event-store";

/** Until then, each text is looked up at the provider before it is sent. */
export const openWindow = (store: RawStore, actor: string, since: Date, until: Date): Promise<void> =>
  append(store, actor, { type: "RecoveryBegan", data: { since: since.toISOString(), until: until.toISOString() } });

export const closeWindow = (store: RawStore, actor: string, now: Date): Promise<void> =>
  append(store, actor, { type: "RecoveryEnded", data: { endedAt: now.toISOString() } });

/** Since when events may be missing, by the last recovery, if its window is still open. */
export const openSince = async (store: RawStore, now: Date): Promise<Date | undefined> => {
  const last = (await store.stream(RECOVERY_STREAM)).findLast(({ type }) => type.startsWith("Recovery"));
  if (last?.type !== "RecoveryBegan") return undefined;
  const { since, until } = JSON.parse(Buffer.from(last.data).toString()) as { since: string; until: string };
  return Date.parse(until) > now.getTime() ? new Date(since) : undefined;
};

const append = async (store: RawStore, actor: string, { type, data }: StoreEvent): Promise<void> => {
  const bytes = (value: object) => Buffer.from(JSON.stringify(value));
  const metadata = bytes({ service: "ops", actor });
  const event = { id: randomUUID(), type, contentType: "application/json", data: bytes(data), metadata };
  const last = (await store.stream(RECOVERY_STREAM)).at(-1);
  await store.append(RECOVERY_STREAM, last ? last.revision + 1n : 0n, [event]);
};
