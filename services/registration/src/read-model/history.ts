import type { EventStore, StoredEvent } from "@touchline/event-store";
import { streamName } from "@touchline/event-store";
import type { Row } from "./row.ts";
import { begin, type Story, type StoryEvent, tell, type View, view } from "./story.ts";

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
  const states: Row[] = [];
  const early: StoredEvent[] = [];
  let story: Story | undefined;
  for (const stored of events) {
    const { data, type } = stored as unknown as StoryEvent;
    if (story) story = told(story, stored);
    else if (type === "RegistrationCompleted") story = early.reduce(told, begin(data, optedOut));
    else early.push(stored);
    const shown = story && view(story);
    if (shown && differs(states.at(-1), shown)) {
      states.push({ ...shown, updated_at: stored.created.toISOString(), position: stored.position });
    }
  }
  return states;
};

const told = (story: Story, stored: StoredEvent): Story =>
  tell(story, { event: stored as unknown as StoryEvent, stream: stored.stream, position: stored.position });

const differs = (before: Row | undefined, after: View): boolean =>
  !before || (Object.keys(after) as (keyof View)[]).some((name) => before[name] !== after[name]);
