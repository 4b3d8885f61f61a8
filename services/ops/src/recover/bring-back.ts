import type { RawStore } from "@touchline/event-store";
import type { Messaging } from "@touchline/messaging";
import { type Relayed, relayedEvents } from "./relayed.ts";
import type { StoreContents } from "./store-contents.ts";

export interface BroughtBack {
  readonly events: number;
  readonly streams: number;
  /** When the first event that the store lacks was stored. */
  readonly firstLostAt: Date | undefined;
  /** Events whose place is taken by another event: a person has to look. */
  readonly conflicts: readonly Relayed[];
}

/** An erasure has removed personal events from NATS, so the events after it come without those before. */
const erasures = new Set(["RegistrationErased", "SmsErased", "EmailErased", "PaymentLinkErased"]);

/**
 * Appends to the store, in order, each event that NATS holds and the store lacks; without `write` it only lists them.
 * Repeating it is safe: events that are already there are found by id.
 */
export const bringBack = async (
  messaging: Messaging,
  { ids, next: known }: StoreContents,
  write?: RawStore,
): Promise<BroughtBack> => {
  const next = new Map(known);
  const erased = await erasedStreams(messaging);
  const streams = new Set<string>();
  const conflicts: Relayed[] = [];
  let events = 0;
  let firstLostAt: Date | undefined;
  for await (const event of relayedEvents(messaging)) {
    if (ids.has(event.id)) continue;
    firstLostAt ??= event.storedAt;
    const end = next.get(event.stream) ?? 0n;
    const inPlace = event.revision === end || (event.revision > end && erased.has(event.stream));
    if (!inPlace || (write && !(await write.append(event.stream, end, [event])))) {
      conflicts.push(event);
      continue;
    }
    next.set(event.stream, end + 1n);
    streams.add(event.stream);
    events++;
  }
  return { events, streams: streams.size, firstLostAt, conflicts };
};

const erasedStreams = async (messaging: Messaging): Promise<Set<string>> => {
  const found = new Set<string>();
  for await (const { type, stream } of relayedEvents(messaging)) if (erasures.has(type)) found.add(stream);
  return found;
};
