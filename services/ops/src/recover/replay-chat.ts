import { chatSubjects, streams } from "@touchline/contracts";
import { type Messaging, type PassedMessage, walkMessages } from "@touchline/messaging";

/** The headers that a replay keeps. With the original id, NATS would drop the message as a repeat. */
const kept = ["Content-Type", "traceparent"];

/**
 * Resubmits every registration that the chat published since a moment. Those that are stored are found to be repeats. Without
 * `publish` it only counts them.
 */
export const replayChat = async (messaging: Messaging, since: Date, publish: boolean): Promise<number> => {
  const found: PassedMessage[] = [];
  // Reads all of them first, because the replay publishes to the end of the same stream.
  const walk = { stream: streams.chat, subject: chatSubjects.registrationCompleted, since };
  for await (const message of walkMessages(messaging, walk)) found.push(message);
  if (!publish) return found.length;
  for (const { subject, data, header } of found) {
    const headers = kept.flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    await messaging.publish(subject, data, { headers: Object.fromEntries(headers) });
  }
  return found.length;
};
