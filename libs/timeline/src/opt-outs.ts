import { createHmac } from "node:crypto";
import type { RegistrationEvent, SuppressionEvent } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";

/** What the owners of a registration's numbers said about texts, whichever registration it was about at the time. */
export const readOptOuts = async (store: EventStore, own: readonly StoredEvent[]): Promise<StoredEvent[]> => {
  const phones = new Set(
    (own as unknown as RegistrationEvent[]).flatMap(({ data }) => ("parentPhone" in data ? [data.parentPhone] : [])),
  );
  if (phones.size === 0) return [];
  const [made] = (await store.read("suppression-key")) as unknown as SuppressionEvent[];
  // No key: nobody has opted out yet.
  if (made?.type !== "SuppressionKeyCreated") return [];
  const { key } = made.data;
  return (await Promise.all([...phones].map((phone) => store.read(streamOf(key, phone))))).flat();
};

/** As services/notification names them: a keyed hash, so that no stream's name gives a number away. */
const streamOf = (key: string, phone: string) =>
  `suppression-${createHmac("sha256", key).update(phone).digest("hex").slice(0, 32)}`;
