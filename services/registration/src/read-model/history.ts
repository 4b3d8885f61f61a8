import type { RegistrationEvent } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { streamName } from "@touchline/event-store";
import type { Row } from "./row.ts";
import { begin, differ, fixed, type Story, type StoryEvent, tell, view } from "./story.ts";

/** Every event of one registration's streams, oldest first. */
export const readStory = async (
  store: EventStore,
  registrationId: string,
  known: Pick<Story, "token" | "texts"> | undefined,
): Promise<StoredEvent[]> => {
  const streams = [
    streamName("registration", registrationId),
    ...(known?.token ? [streamName("payment", known.token)] : []),
    ...(known?.texts ?? []).map((text) => streamName("sms", text.smsId)),
  ];
  const events = (await Promise.all(streams.map((stream) => store.read(stream)))).flat();
  return events.sort((a, b) => (a.position < b.position ? -1 : 1));
};

/** The states that the read model showed while these events were stored, oldest first. */
export const statesOf = (events: readonly StoredEvent[], optedOut: boolean): Row[] => {
  const completed = events.find((event) => event.type === "RegistrationCompleted");
  // Of what is erased nothing is shown, also while its events can still be read.
  if (!completed || events.some((event) => event.type === "RegistrationErased")) return [];
  const { data } = completed as unknown as Extract<RegistrationEvent, { type: "RegistrationCompleted" }>;
  const row = fixed(data);
  const first = events.indexOf(completed);
  // What came before the registration itself was shown with it.
  let story = events.slice(0, first).reduce(told, begin(data, optedOut));
  const states: Row[] = [{ ...row, ...view(story), ...stamp(completed) }];
  for (const event of events.slice(first + 1)) {
    const before = story;
    story = told(story, event);
    const shown = view(story);
    if (story !== before && differ(view(before), shown)) states.push({ ...row, ...shown, ...stamp(event) });
  }
  return states;
};

const stamp = ({ created, position }: StoredEvent) => ({ updated_at: created.toISOString(), position });

const told = (story: Story, stored: StoredEvent): Story =>
  tell(story, { event: stored as unknown as StoryEvent, stream: stored.stream, position: stored.position });
