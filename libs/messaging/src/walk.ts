import { Fault } from "@touchline/contracts";
import type { Messaging } from "./connection.ts";
import { apiErrorCode, goneCodes } from "./streams.ts";
import { type KeptMessage, toKept } from "./sweep.ts";

/** A message that is read without being consumed: every consumer keeps its place. */
export interface PassedMessage extends KeptMessage {
  readonly sequence: number;
  readonly publishedAt: Date;
}

export interface WalkOptions {
  readonly stream: string;
  /** One subject, or a pattern that ends in `>`. */
  readonly subject: string;
  /** Only messages published since this time. */
  readonly since?: Date;
}

/** How many messages are requested together. */
const PAGE = 64;

/**
 * Every message that a stream now holds on a subject, oldest first. They are requested one by one: a consumer would be less work
 * for NATS, but the right to create one allows too much. Throws `Fault`.
 */
export const walkMessages = async function* (
  messaging: Messaging,
  { stream, subject, since }: WalkOptions,
): AsyncGenerator<PassedMessage> {
  const start = subject.endsWith(">") ? subject.slice(0, -1) : undefined;
  const fits = (message: PassedMessage) =>
    (start === undefined ? message.subject === subject : message.subject.startsWith(start)) &&
    (since === undefined || message.publishedAt >= since);
  try {
    const { state } = await messaging.jsm.streams.info(stream);
    // An empty stream's first sequence is 0, which no message has.
    if (state.messages === 0) return;
    const first = since ? await firstSince(messaging, stream, since, state) : state.first_seq;
    for (let from = first; from <= state.last_seq; from += PAGE) {
      for (const message of await readMessages(messaging, stream, from, Math.min(from + PAGE - 1, state.last_seq)))
        if (fits(message)) yield message;
    }
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("nats_unavailable", { cause: error });
  }
};

/** Those messages with these sequences that still exist, oldest first. */
export const readMessages = async (
  { jsm }: Messaging,
  stream: string,
  from: number,
  to: number,
): Promise<PassedMessage[]> => {
  const read = async (sequence: number): Promise<PassedMessage | undefined> => {
    try {
      const stored = await jsm.streams.getMessage(stream, { seq: sequence });
      return { ...toKept(stored), sequence, publishedAt: stored.time };
    } catch (error) {
      if (goneCodes.has(apiErrorCode(error) ?? 0)) return undefined;
      throw error;
    }
  };
  const messages = await Promise.all(Array.from({ length: to - from + 1 }, (_, i) => read(from + i)));
  return messages.filter((message) => message !== undefined);
};

/** The last message on a subject. */
export const lastOnSubject = async (
  { jsm }: Pick<Messaging, "jsm">,
  stream: string,
  subject: string,
): Promise<PassedMessage | undefined> => {
  try {
    const stored = await jsm.streams.getMessage(stream, { last_by_subj: subject });
    return { ...toKept(stored), sequence: stored.seq, publishedAt: stored.time };
  } catch (error) {
    if (goneCodes.has(apiErrorCode(error) ?? 0)) return undefined;
    throw error;
  }
};

/** A sequence at or before the first message published since a time. Messages are in order of time. */
const firstSince = async (
  messaging: Messaging,
  stream: string,
  since: Date,
  { first_seq, last_seq }: { readonly first_seq: number; readonly last_seq: number },
): Promise<number> => {
  let [low, high] = [first_seq, last_seq + 1];
  while (high - low > PAGE) {
    const middle = Math.floor((low + high) / 2);
    const [message] = await readMessages(messaging, stream, middle, Math.min(middle + PAGE - 1, last_seq));
    // A deleted message does not say when it was published.
    if (!message) return low;
    if (message.publishedAt < since) low = message.sequence + 1;
    else high = middle;
  }
  return low;
};
