import { Fault, streams } from "@touchline/contracts";
import { ErrorCode, type MsgHdrs } from "nats";
import type { Messaging } from "./connection.ts";
import { deadLetterSubject, deadLetterHeaders as names, type RedriveAnswer, redriveSubject } from "./dead-letters.ts";
import { apiErrorCode, NO_MESSAGE_FOUND } from "./streams.ts";
import { dropMessage } from "./sweep.ts";

/** A message that could not be handled, as an operator sees it. Its payload may hold personal data. */
export interface DeadLetter {
  /** Identifies it in the `DEAD_LETTERS` stream. */
  readonly id: number;
  /** The consumer that could not handle it. */
  readonly durable: string;
  /** The subject on which it was first published. */
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly reason: string;
  readonly stack: string;
  readonly deliveries: number;
  readonly publishedAt: string;
  readonly firstFailureAt: string;
  readonly lastFailureAt: string;
  /** The original's headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

export type RedriveOutcome =
  /** Handled, and removed from the dead letters. */
  | { readonly outcome: "done" }
  /** It failed again and is kept. */
  | { readonly outcome: "failed"; readonly reason: string }
  /** There is no such dead letter: it was already handled or dropped. */
  | { readonly outcome: "gone" }
  /** No instance of its consumer is running; it is kept. */
  | { readonly outcome: "no_consumer"; readonly durable: string };

const REDRIVE_TIMEOUT_MS = 30_000;
const FETCH_MS = 2_000;

/** The dead letters of one consumer or of all, oldest first. Throws `Fault` when NATS does not answer. */
export const listDeadLetters = async (
  messaging: Messaging,
  { durable, limit = 100 }: { readonly durable?: string | undefined; readonly limit?: number } = {},
): Promise<DeadLetter[]> =>
  faulty(async () => {
    const filter = deadLetterSubject(durable ?? ">");
    const { state } = await messaging.jsm.streams.info(streams.deadLetters, { subjects_filter: filter });
    const count = Object.values(state.subjects ?? {}).reduce((a, b) => a + b, 0);
    if (count === 0) return [];
    const consumer = await messaging.js.consumers.get(streams.deadLetters, { filterSubjects: filter });
    const found: DeadLetter[] = [];
    const messages = await consumer.fetch({ max_messages: Math.min(count, limit), expires: FETCH_MS });
    for await (const message of messages) found.push(toDeadLetter(message.seq, message.headers, message.data));
    return found;
  });

/** Undefined when it does not exist, or no longer exists. */
export const showDeadLetter = async (messaging: Messaging, id: number): Promise<DeadLetter | undefined> =>
  faulty(async () => {
    try {
      const message = await messaging.jsm.streams.getMessage(streams.deadLetters, { seq: id });
      return toDeadLetter(message.seq, message.header, message.data);
    } catch (error) {
      if (apiErrorCode(error) === NO_MESSAGE_FOUND) return undefined;
      throw error;
    }
  });

/**
 * Gives a dead letter to its consumer again, and drops it once the consumer is done with it. Consumers decide nothing about what
 * they have already handled, so a second redrive does no harm.
 */
export const redriveDeadLetter = async (
  messaging: Messaging,
  id: number,
  timeoutMs = REDRIVE_TIMEOUT_MS,
): Promise<RedriveOutcome> => {
  const letter = await showDeadLetter(messaging, id);
  if (!letter) return { outcome: "gone" };
  const subject = redriveSubject(letter.durable);
  const answer = await messaging
    .request<RedriveAnswer>(subject, letter.payload, headersOf(letter), timeoutMs)
    .catch(unanswered);
  if (!answer) return { outcome: "no_consumer", durable: letter.durable };
  if (!answer.done) return { outcome: "failed", reason: answer.reason ?? "no reason given" };
  await dropDeadLetter(messaging, id);
  return { outcome: "done" };
};

const unanswered = (error: unknown): RedriveAnswer => {
  const { code } = (error instanceof Fault ? error.cause : error) as { code?: string };
  if (code !== ErrorCode.Timeout) throw error;
  return { done: false, reason: "its consumer has not answered in time, and may still be handling it" };
};

/** Resolves with whether there was anything to drop. */
export const dropDeadLetter = (messaging: Messaging, id: number): Promise<boolean> =>
  dropMessage(messaging, streams.deadLetters, id);

const faulty = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("nats_unavailable", { cause: error });
  }
};

const headersOf = (letter: DeadLetter): Record<string, string> => {
  const { "Nats-Msg-Id": msgId, ...headers } = letter.headers;
  return {
    ...headers,
    [names.subject]: letter.subject,
    [names.sequence]: String(letter.sequence),
    [names.deliveries]: String(letter.deliveries),
    [names.firstSeen]: letter.publishedAt,
    ...(msgId && { [names.msgId]: msgId }),
  };
};

const toDeadLetter = (id: number, headers: MsgHdrs | undefined, payload: Uint8Array): DeadLetter => {
  const header = (name: string) => headers?.get(name) ?? "";
  const kept = [...(headers ?? [])].filter(
    ([name]) => !name.startsWith("Touchline-Dead-") && !name.startsWith("Nats-"),
  );
  const msgId = header(names.msgId);
  return {
    id,
    durable: header(names.durable),
    subject: header(names.subject),
    stream: header(names.stream),
    sequence: Number(header(names.sequence)),
    reason: header(names.reason),
    stack: header(names.stack),
    deliveries: Number(header(names.deliveries)),
    publishedAt: header(names.firstSeen),
    firstFailureAt: header(names.firstFailure),
    lastFailureAt: header(names.lastFailure),
    headers: {
      ...Object.fromEntries(kept.map(([name, values]) => [name, values[0] ?? ""])),
      ...(msgId && { "Nats-Msg-Id": msgId }),
    },
    payload,
  };
};
