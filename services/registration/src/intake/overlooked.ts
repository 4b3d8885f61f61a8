import { chatSubjects, isRegistrationId, streams } from "@touchline/contracts";
import { type EventStore, type RecoveryTimes, type recoveredCounter, streamName } from "@touchline/event-store";
import { type Delivery, type Messaging, type PassedMessage, type Settlement, walkMessages } from "@touchline/messaging";
import type { ServiceContext } from "@touchline/service";
import { registrationAggregate } from "../registration/state.ts";
import { readMessage } from "./read-message.ts";

/** How far each look reaches back before the previous one. */
const OVERLAP_MS = 600_000;
/** How far the first look reaches back. */
const FIRST_MS = 72 * 3_600_000;

interface ChatCatchUp {
  readonly store: Pick<EventStore, "read">;
  /** The consumer's handler for a message. */
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
}

/** Handles one message that should have reached the consumer long ago. True if there was still something to do. */
const createCatchUp =
  ({ store, handle }: ChatCatchUp) =>
  async (message: PassedMessage, refused: ReadonlySet<number>): Promise<boolean> => {
    if (refused.has(message.sequence)) return false;
    const reading = readMessage(message.data, message.header("Content-Type"));
    const id = reading.ok ? reading.request.registrationId : reading.registrationId;
    if (isRegistrationId(id) && (await store.read(streamName(registrationAggregate.category, id))).length > 0)
      return false;
    await handle({ ...message, deliveries: 1 });
    return true;
  };

/** From time to time walks the chat's messages, regardless of the consumer's position, until the service stops. */
export const catchUpChat = async (
  options: ChatCatchUp & { readonly recovered: ReturnType<typeof recoveredCounter> },
  messaging: Messaging,
  { log, runtime, signal }: ServiceContext,
  { everyMs, afterMs }: RecoveryTimes,
): Promise<void> => {
  const { recovered } = options;
  const catchUp = createCatchUp(options);
  const look = async (since: Date): Promise<void> => {
    const overdue = new Date(runtime.now().getTime() - afterMs);
    const refused = await refusedSince(messaging, since);
    for await (const message of walkMessages(messaging, { ...completed, since })) {
      if (signal.aborted || message.publishedAt > overdue) return;
      if (!(await catchUp(message, refused))) continue;
      recovered.inc({ kind: "registration" });
      log.warn({ sequence: message.sequence }, "handled late: the consumer was not given this message");
    }
  };
  let since = new Date(runtime.now().getTime() - FIRST_MS);
  while (!signal.aborted) {
    await runtime.sleep(everyMs, signal, { guard: true });
    if (signal.aborted) return;
    const begun = runtime.now();
    try {
      await look(since);
      since = new Date(begun.getTime() - afterMs - OVERLAP_MS);
    } catch (err) {
      log.warn({ err }, "the search for overlooked messages failed; trying again");
    }
  }
};

const completed = { stream: streams.chat, subject: chatSubjects.registrationCompleted };

/** Sequences of messages that were refused, taken from the ids of the refusals. */
const refusedSince = async (messaging: Messaging, since: Date): Promise<Set<number>> => {
  const found = new Set<number>();
  const refusals = { stream: streams.chat, subject: chatSubjects.registrationRefused, since };
  for await (const { header } of walkMessages(messaging, refusals)) {
    const sequence = /^refused\/CHAT\/(\d+)$/.exec(header("Nats-Msg-Id") ?? "")?.[1];
    if (sequence) found.add(Number(sequence));
  }
  return found;
};
