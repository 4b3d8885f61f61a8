import { streams } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { apiErrorCode, lastOnSubject, type Messaging } from "@touchline/messaging";
import type { Span } from "@touchline/service/tracing";
import type { RelayedMessage } from "./message.ts";
import type { ReadTail } from "./tail.ts";

export interface Outgoing {
  readonly event: StoredEvent;
  readonly message: RelayedMessage;
}

export interface Sending {
  readonly messaging: Messaging;
  readonly readTail: ReadTail;
  /** Called with how many messages of other publishers were found in EVENTS. */
  readonly onForeign?: ((count: number) => void) | undefined;
  /** Aborted when the round ends: nothing more is published after that. */
  readonly round: AbortSignal;
}

interface End {
  /** The stream's last sequence. */
  readonly expected: number;
  /** `$all` position of the stream's last event. */
  readonly reached: bigint;
}

/** JetStream's refusals of a message that does not follow as stated: wrong last id, wrong last sequence. */
const REFUSALS: readonly number[] = [10070, 10071];
const isRefusal = (error: unknown) => REFUSALS.includes(apiErrorCode(error) ?? 0);

/**
 * Sends a batch in order. Resolves with the sequence of its last message. If other publishers' messages get in between, the next
 * event is sent alone, and then more at a time as they stop.
 */
export const sendBatch = async (
  sending: Sending,
  batch: readonly Outgoing[],
  { expected, reached }: End,
  spans: readonly Span[],
): Promise<number> => {
  let room = batch.length;
  for (let done = 0; done < batch.length; done = batch.filter(({ event }) => event.position <= reached).length) {
    const part = batch.slice(done, done + room);
    try {
      expected = await sendInOrder(sending.messaging, part, expected, spans.slice(done));
      reached = part.at(-1)?.event.position ?? reached;
      room *= 2;
    } catch (error) {
      if (!isRefusal(error) || sending.round.aborted) throw error;
      ({ expected, reached } = await sendNext(sending, batch, reached, spans, error));
      room = 1;
    }
  }
  return expected;
};

/**
 * Sends the next event whatever others publish in the meantime. Only another relay would use its subject, so it is enough that
 * nothing was published on it since before we read the tail.
 */
const sendNext = async (
  { messaging, readTail, onForeign }: Sending,
  batch: readonly Outgoing[],
  reached: bigint,
  spans: readonly Span[],
  refusal: unknown,
): Promise<End> => {
  const index = batch.findIndex(({ event }) => event.position > reached);
  const next = batch[index];
  if (!next) throw refusal;
  const { subject, payload } = next.message;
  const expectLastSubjectSequence = (await lastOnSubject(messaging, streams.events, subject))?.sequence ?? 0;
  const { position = -1n, lastSequence } = await readTail();
  // A message was lost or another relay is ahead: start a new round.
  if (position < reached || position > (batch.at(-1)?.event.position ?? reached)) throw refusal;
  if (position > reached) return { expected: lastSequence, reached: position };
  try {
    const stated = { headers: headersOf(next, spans[index]), msgId: next.event.id, expectLastSubjectSequence };
    const ack = await messaging.publish(subject, payload, stated);
    if (ack.duplicate && ack.seq <= lastSequence) throw new Error(REMEMBERED);
    const between = ack.seq - lastSequence - 1;
    if (between > 0) onForeign?.(between);
    return { expected: ack.seq, reached: next.event.position };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { expected: lastSequence, reached };
  }
};

/** Resolves with the last sequence once NATS has the whole batch right after `expected`; otherwise throws. */
const sendInOrder = async (
  messaging: Messaging,
  batch: readonly Outgoing[],
  expected: number,
  spans: readonly Span[],
): Promise<number> => {
  const outgoing = batch.map((one, i) => {
    // Each message must follow the one before, so that the last acknowledgement covers all. The sequence alone is not enough:
    // another publisher's message may be where the one before should be.
    const expectLastMsgId = batch[i - 1]?.event.id;
    const headers = headersOf(one, spans[i]);
    const stated = { headers, msgId: one.event.id, expectLastSequence: expected + i, expectLastMsgId };
    return { ...one.message, stated };
  });
  const last = outgoing.pop();
  if (!last) return expected;
  for (const { subject, payload, stated } of outgoing) messaging.publishUnanswered(subject, payload, stated);
  const ack = await messaging.publish(last.subject, last.payload, last.stated);
  // Another relay's copy in the right place is as good as ours. Anywhere else, NATS remembers a message that it has lost.
  if (ack.duplicate && ack.seq !== expected + batch.length) throw new Error(REMEMBERED);
  return expected + batch.length;
};

const REMEMBERED = "NATS calls the event a duplicate but does not have it in the right place.";

const headersOf = ({ message }: Outgoing, span: Span | undefined): Record<string, string> =>
  span?.traceparent ? { ...message.headers, traceparent: span.traceparent } : message.headers;
