import type { StoredEvent } from "@touchline/event-store";
import { apiErrorCode, type Messaging } from "@touchline/messaging";
import type { Runtime } from "@touchline/service";
import { CORRELATION_ID, errorType, type Span, type Tracing } from "@touchline/service/tracing";
import type { RelayedMessage } from "./message.ts";
import { readTail, type Tail } from "./tail.ts";

export interface PublisherOptions {
  readonly messaging: Messaging;
  readonly runtime: Pick<Runtime, "after">;
  readonly tracing?: Tracing | undefined;
  readonly onPublished?: ((event: StoredEvent) => void) | undefined;
  /** Receives the `$all` position up to which NATS has everything; -1 while it has nothing. */
  readonly onReached?: ((position: bigint) => void) | undefined;
  /** Aborted when the round ends: nothing more is published then. */
  readonly round: AbortSignal;
  /** A publish failed, so the round must end. */
  readonly onFailed: () => void;
}

export interface Outgoing {
  readonly event: StoredEvent;
  readonly message: RelayedMessage;
}

/** Publishes events in order, in batches: what comes while a batch is in flight goes together in the next one. */
export interface Publisher {
  /** Takes an event. Resolves when there is room for the next one. */
  take(outgoing: Outgoing): Promise<void> | undefined;
  /** Passes over an event that is not published: once all that was taken before it is acknowledged, NATS has everything up to it. */
  pass(position: bigint): void;
  /** The `$all` position up to which NATS has everything. */
  reached(): bigint;
  /** Publishes what is pending, if the round goes on; waits for what is in flight, and throws what went wrong. */
  finish(): Promise<void>;
}

/** JetStream's refusals of a message that does not follow what it states: wrong last id, wrong last sequence. */
const REFUSALS: readonly number[] = [10070, 10071];
const INTRUSIONS_MAX = 20;

/** Events that may be pending while a batch is in flight. */
const WINDOW = 512;

export const createPublisher = (tail: Tail, options: PublisherOptions): Publisher => {
  const { messaging, runtime, tracing, round, onPublished, onReached, onFailed } = options;
  let pending: Outgoing[] = [];
  let inFlight: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let expected = tail.lastSequence;
  let reached = tail.position ?? -1n;
  let passed = reached;
  const isIdle = () => !inFlight && pending.length === 0;
  onReached?.(reached);

  const publish = async (batch: readonly Outgoing[]): Promise<void> => {
    const spans = tracing ? batch.map((one) => startSend(tracing, one)) : [];
    try {
      expected = await sendSurely(messaging, batch, { expected, reached }, spans);
      reached = batch.at(-1)?.event.position ?? reached;
      onReached?.(pending.length === 0 && passed > reached ? passed : reached);
      for (const { event } of batch) onPublished?.(event);
    } catch (error) {
      failure ??= { error };
      onFailed();
      for (const span of spans) span.fail(errorType(error));
    } finally {
      for (const span of spans) span.end();
    }
  };

  const publishPending = () => {
    if (inFlight || pending.length === 0 || round.aborted) return;
    const batch = pending;
    pending = [];
    inFlight = publish(batch).finally(() => {
      inFlight = undefined;
      publishPending();
    });
  };

  return {
    take: (outgoing) => {
      if (round.aborted) return undefined;
      // What is read together is published together.
      if (pending.push(outgoing) === 1 && !inFlight) runtime.after(0, publishPending);
      if (pending.length < WINDOW) return undefined;
      publishPending();
      return inFlight;
    },
    pass: (position) => {
      passed = position;
      if (isIdle()) onReached?.(position);
    },
    reached: () => reached,
    finish: async () => {
      publishPending();
      while (inFlight) await inFlight;
      if (failure) throw failure.error;
    },
  };
};

interface End {
  readonly expected: number;
  readonly reached: bigint;
}

/**
 * Sends a batch in order; resolves with the sequence of its last message. A stranger's message in the way costs another try, from
 * where the stream ends then.
 */
const sendSurely = async (
  messaging: Messaging,
  batch: readonly Outgoing[],
  { expected, reached }: End,
  spans: readonly Span[],
): Promise<number> => {
  for (let intrusions = 0; ; intrusions++) {
    const done = batch.filter(({ event }) => event.position <= reached).length;
    try {
      await sendInOrder(messaging, batch.slice(done), expected, spans.slice(done));
      return expected + batch.length - done;
    } catch (error) {
      if (!REFUSALS.includes(apiErrorCode(error) ?? 0) || intrusions >= INTRUSIONS_MAX) throw error;
      const { position = -1n, lastSequence } = await readTail(messaging);
      // Something is lost, or another relay is ahead: the round starts over.
      if (position < reached || position > (batch.at(-1)?.event.position ?? reached)) throw error;
      expected = lastSequence;
      reached = position;
    }
  }
};

/** Resolves when NATS has all of the batch, right after `expected`; otherwise throws. */
const sendInOrder = async (
  messaging: Messaging,
  batch: readonly Outgoing[],
  expected: number,
  spans: readonly Span[],
): Promise<void> => {
  const outgoing = batch.map(({ event, message }, i) => {
    const traceparent = spans[i]?.traceparent;
    const headers = traceparent ? { ...message.headers, traceparent } : message.headers;
    // Each must follow the one before, so that the acknowledgement of the last holds for all. The sequence alone would not
    // do: another publisher's message may have taken the place of the one before.
    const expectLastMsgId = batch[i - 1]?.event.id;
    return { ...message, stated: { headers, msgId: event.id, expectLastSequence: expected + i, expectLastMsgId } };
  });
  const last = outgoing.pop();
  if (!last) return;
  for (const { subject, payload, stated } of outgoing) messaging.publishUnanswered(subject, payload, stated);
  const ack = await messaging.publish(last.subject, last.payload, last.stated);
  // Another relay's copy in our place is as good as ours; anywhere else, NATS remembers a message that it has lost.
  if (ack.duplicate && ack.seq !== expected + batch.length) {
    throw new Error("NATS remembers the event but does not hold it in place.");
  }
};

const startSend = (tracing: Tracing, { event, message: { subject } }: Outgoing): Span =>
  tracing.start({
    name: `send ${subject}`,
    kind: "producer",
    parent: event.metadata.traceparent,
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.name": subject,
      "messaging.message.id": event.id,
      [CORRELATION_ID]: event.metadata.$correlationId,
    },
  });
