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

/**
 * Removes what is left of an erased registration once its texts are closed: the copies in NATS, and last its own events. Doing
 * it twice does no harm.
 *
 * The event that leads here comes after every personal one in EVENTS, so the last message there, the relay's checkpoint,
 * is never among those that go.
 */
export const createErasure =
  ({ store, messaging }: ErasureOptions) =>
  async (delivery: Delivery): Promise<Settlement> => {
    const event = decodeEventMessage(delivery);
    if (!event) return "poison";
    const { registrationId } = event.data as { registrationId: string };
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
    return "done";
  };

const personalSubjects = personalEvents.map((type) => eventSubject(catalogue.get(type)?.category ?? "", type));

const isPersonal = (subject: string | undefined): boolean =>
  subject === chatSubjects.registrationCompleted || personalSubjects.includes(subject ?? "");

/** Which registration a message is about. Events name theirs where a gateway's messages do. */
const idIn = ({ data, header }: KeptMessage): string => {
  const reading = readMessage(data, header("Content-Type"));
  return reading.ok ? reading.request.registrationId : reading.registrationId;
};
