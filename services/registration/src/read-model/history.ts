import { type EventStore, type StoredEvent, streamName } from "@touchline/event-store";
import { readOptOuts } from "@touchline/timeline";
import { changingColumns, differ, fixedColumns } from "./columns.ts";
import { applyEvent, type Facts, firstFacts } from "./facts.ts";
import type { Row } from "./row.ts";

/** Every event of one registration's streams, oldest first, and what the owners of its numbers said about texts. */
export const readHistory = async (
  store: EventStore,
  registrationId: string,
  known: Pick<Facts, "token" | "texts"> | undefined,
): Promise<StoredEvent[]> => {
  const own = await store.read(streamName("registration", registrationId));
  const streams = [
    ...(known?.token ? [streamName("payment", known.token)] : []),
    ...(known?.texts ?? []).map((text) => streamName("sms", text.smsId)),
  ];
  const [optOuts, ...others] = await Promise.all([
    readOptOuts(store, own),
    ...streams.map((stream) => store.read(stream)),
  ]);
  return [own, optOuts, ...others].flat().sort((a, b) => (a.position < b.position ? -1 : 1));
};

/** The rows that the read model showed while these events were stored, oldest first. */
export const statesOf = (history: readonly StoredEvent[]): Row[] => {
  const along = factsAlong(history);
  const [first] = along;
  if (first?.event.type !== "RegistrationCompleted") return [];
  const fixed = fixedColumns(first.event.data);
  return along.flatMap(({ event, facts }, index) => {
    const shown = changingColumns(facts);
    const before = along[index - 1]?.facts;
    const news = before === undefined || (facts !== before && differ(changingColumns(before), shown));
    return news ? [{ ...fixed, ...shown, ...stamp(event) }] : [];
  });
};

/** What the read model knew after each event, from the registration on. */
export const factsAlong = (history: readonly StoredEvent[]): { event: StoredEvent; facts: Facts }[] => {
  const completed = history.find((event) => event.type === "RegistrationCompleted");
  // An erased registration is not shown, even while its events can still be read.
  if (!completed || history.some((event) => event.type === "RegistrationErased")) return [];
  const first = history.indexOf(completed);
  const next = follow();
  // What came before the registration itself was shown with it.
  let facts = history.slice(0, first).reduce(next, firstFacts(completed.data, false));
  const along = [{ event: completed as StoredEvent, facts }];
  for (const event of history.slice(first + 1)) {
    facts = next(facts, event);
    along.push({ event, facts });
  }
  return along;
};

/** Applies events, and remembers who opted out: a corrected number brings along what its owner said before. */
const follow = () => {
  const optOuts = new Map<string, boolean>();
  return (facts: Facts, event: StoredEvent): Facts => {
    if (event.type === "PhoneOptedOut") optOuts.set(event.data.phone, true);
    if (event.type === "PhoneOptedIn") optOuts.set(event.data.phone, false);
    const after = applyEvent(facts, event);
    return after.parentPhone === facts.parentPhone
      ? after
      : { ...after, optedOut: optOuts.get(after.parentPhone) ?? false };
  };
};

const stamp = ({ created, position }: StoredEvent) => ({ updated_at: created.toISOString(), position });
