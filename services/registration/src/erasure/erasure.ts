import { catalogue, chatSubjects, eventSubject, personalEvents, streams } from "@touchline/contracts";
import { type EventStore, streamName } from "@touchline/event-store";
import {
  type Delivery,
  deadLetterHeaders,
  decodeEventMessage,
  type KeptMessage,
  type Messaging,
  type Settlement,
  sweep,
} from "@touchline/messaging";
import { readMessage } from "../intake/read-message.ts";

export interface ErasureOptions {
  readonly store: EventStore;
  readonly messaging: Messaging;
}

/** Removes the rest of an erased registration once its texts are closed. It may safely run twice. */
export const createErasure =
  (options: ErasureOptions) =>
  async (delivery: Delivery): Promise<Settlement> => {
    const event = decodeEventMessage(delivery);
    if (!event) return "poison";
    await removeCopies(options, (event.data as { registrationId: string }).registrationId);
    return "done";
  };

/** Does the same without a message. True if something was left; the registration's own events are removed last. */
export const createErasureCatchUp =
  (options: ErasureOptions) =>
  async (registrationId: string): Promise<boolean> => {
    const [first] = await options.store.read(streamName("registration", registrationId));
    if (!first || first.type === "RegistrationErased") return false;
    await removeCopies(options, registrationId);
    return true;
  };

/**
 * The copies in NATS, and last its own events. The event that leads here comes after every personal one in EVENTS, so the last message
 * there, the relay's checkpoint, is never among those that go.
 */
const removeCopies = async ({ store, messaging }: ErasureOptions, registrationId: string): Promise<void> => {
  const isAbout = (message: KeptMessage) => idIn(message) === registrationId;
  for (const subject of personalSubjects) await sweep(messaging, streams.events, subject, isAbout);
  await sweep(messaging, streams.chat, chatSubjects.registrationCompleted, isAbout);
  await sweep(
    messaging,
    streams.deadLetters,
    "dead.>",
    (message) => isPersonal(message.header(deadLetterHeaders.subject)) && isAbout(message),
  );
  const stream = streamName("registration", registrationId);
  const erased = (await store.read(stream)).find(({ type }) => type === "RegistrationErased");
  if (erased) await store.truncateBefore(stream, erased.revision);
};

const personalSubjects = personalEvents.map((type) => eventSubject(catalogue.get(type)?.category ?? "", type));

const isPersonal = (subject: string | undefined): boolean =>
  subject === chatSubjects.registrationCompleted || personalSubjects.includes(subject ?? "");

/** The registration that a message is about. Events name theirs in the same place as a gateway's messages. */
const idIn = ({ data, header }: KeptMessage): string => {
  const reading = readMessage(data, header("Content-Type"));
  return reading.ok ? reading.request.registrationId : reading.registrationId;
};
