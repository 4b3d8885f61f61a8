import { SUPPRESSION_KEY_ID, suppressionIdOf } from "@touchline/contracts";
import { type EventStore, type StoredEvent, streamName } from "@touchline/event-store";

/** The opt-outs and opt-ins of a registration's numbers, whichever registration they were about at the time. */
export const readOptOuts = async (store: EventStore, own: readonly StoredEvent[]): Promise<StoredEvent[]> => {
  const phones = new Set(own.flatMap(({ data }) => ("parentPhone" in data ? [data.parentPhone] : [])));
  if (phones.size === 0) return [];
  const [made] = await store.read(streamName("suppression", SUPPRESSION_KEY_ID));
  // Without a key nobody has opted out yet.
  if (made?.type !== "SuppressionKeyCreated") return [];
  const { key } = made.data;
  const streams = [...phones].map((phone) => streamName("suppression", suppressionIdOf(key, phone)));
  return (await Promise.all(streams.map((stream) => store.read(stream)))).flat();
};
