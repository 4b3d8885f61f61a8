import type { RegistrationEvent, SuppressionEvent } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { streamName } from "@touchline/event-store";
import { readOptOuts } from "@touchline/timeline";
import type { Row } from "./row.ts";
import { begin, differ, fixed, type Story, tell, view } from "./story.ts";

/** Every event of one registration's streams, oldest first, and what the owners of its numbers said about texts. */
export const readStory = async (
  store: EventStore,
  registrationId: string,
  known: Pick<Story, "token" | "texts"> | undefined,
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

/** The states that the read model showed while these events were stored, oldest first. */
export const statesOf = (events: readonly StoredEvent[]): Row[] => {
  const completed = events.find((event) => event.type === "RegistrationCompleted");
  // Of what is erased nothing is shown, also while its events can still be read.
  if (!completed || events.some((event) => event.type === "RegistrationErased")) return [];
  const { data } = completed as unknown as Extract<RegistrationEvent, { type: "RegistrationCompleted" }>;
  const row = fixed(data);
  const first = events.indexOf(completed);
  const optOuts = new Map<string, boolean>();
  const next = (story: Story, event: StoredEvent): Story => {
    note(optOuts, event);
    const after = told(story, event);
    // A number brings with it what its owner has said before.
    return after.parentPhone === story.parentPhone
      ? after
      : { ...after, optedOut: optOuts.get(after.parentPhone) ?? false };
  };
  // What came before the registration itself was shown with it.
  let story = events.slice(0, first).reduce(next, begin(data, false));
  const states: Row[] = [{ ...row, ...view(story), ...stamp(completed) }];
  for (const event of events.slice(first + 1)) {
    const before = story;
    story = next(story, event);
    const shown = view(story);
    if (story !== before && differ(view(before), shown)) states.push({ ...row, ...shown, ...stamp(event) });
  }
  return states;
};

const note = (optOuts: Map<string, boolean>, stored: StoredEvent): void => {
  const event = stored as unknown as SuppressionEvent;
  if (event.type === "PhoneOptedOut") optOuts.set(event.data.phone, true);
  if (event.type === "PhoneOptedIn") optOuts.set(event.data.phone, false);
};

const stamp = ({ created, position }: StoredEvent) => ({ updated_at: created.toISOString(), position });

const told = (story: Story, stored: StoredEvent): Story =>
  tell(story, { event: stored, stream: stored.stream, position: stored.position });
