import { setTimeout as sleep } from "node:timers/promises";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { ensureStreams, type Messaging } from "@touchline/messaging";
import { CORRELATION_ID, errorType, type Span, type Tracing } from "@touchline/service/tracing";
import { type RelayedMessage, toMessage } from "./message.ts";
import { readTail, type Tail } from "./tail.ts";

export interface RelayOptions {
  readonly store: EventStore;
  readonly messaging: Messaging;
  readonly signal: AbortSignal;
  /** Aborts the present round, e.g. because NATS came back and may have lost its tail. */
  readonly resync: EventTarget;
  readonly tracing?: Tracing | undefined;
  readonly onPublished?: (event: StoredEvent) => void;
  readonly onSkipped?: (event: StoredEvent) => void;
  /** Told the `$all` position up to which NATS has everything; -1 while it has nothing. */
  readonly onReached?: (position: bigint) => void;
  readonly onBroken?: (error: unknown) => void;
}

/** Events that may wait for those that are unacknowledged. */
const WINDOW = 512;
/** How often a quiet relay looks whether the stream still holds what it has published. */
const WATCH_MS = 5_000;
/** Longer than the stream's duplicate window, so that a message it still remembers can be stored again. */
const RETRY_MS = 1_200;

/**
 * Keeps the EVENTS stream equal to `$all`, in order, each event once. Every round starts from what the stream itself
 * holds, and every publish states the sequence it must follow: whoever else publishes, or whatever was lost, ends the
 * round, and the next one starts from the truth.
 */
export const runRelay = async (options: RelayOptions): Promise<void> => {
  const { messaging, signal, onBroken } = options;
  while (!signal.aborted) {
    try {
      await ensureStreams(messaging.jsm);
      await relayFrom(await readTail(messaging), options);
    } catch (error) {
      if (!signal.aborted) onBroken?.(error);
      await sleep(RETRY_MS * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => {});
    }
  }
};

/** Ends without error when asked to resync or stop; throws when a publish or the subscription fails. */
const relayFrom = async (tail: Tail, { store, messaging, ...options }: RelayOptions): Promise<void> => {
  const round = new AbortController();
  const end = () => round.abort();
  options.resync.addEventListener("resync", end);
  /** The batch that NATS has not acknowledged yet. */
  let underWay: Promise<void> | undefined;
  /** Events that come meanwhile go together when it has: in one write, and only under load. */
  let batch: Outgoing[] = [];
  let expected = tail.lastSequence;
  let reached = tail.position ?? -1n;
  options.onReached?.(reached);
  let failure: { readonly error: unknown } | undefined;

  const publish = async (together: readonly Outgoing[]) => {
    const { tracing } = options;
    const spans: Span[] = [];
    try {
      if (tracing) for (const one of together) spans.push(startSend(tracing, one));
      const outgoing = together.map(({ event, message }, i) => {
        const traceparent = spans[i]?.traceparent;
        const headers = traceparent ? { ...message.headers, traceparent } : message.headers;
        // Each has to follow the one before, so that what NATS says of the last holds for all. Its place alone would not do:
        // somebody else's message may have taken the place of the one before.
        const expectLastMsgId = together[i - 1]?.event.id;
        return { ...message, stated: { headers, msgId: event.id, expectLastSequence: expected++, expectLastMsgId } };
      });
      const last = outgoing.pop() as (typeof outgoing)[number];
      for (const { subject, payload, stated } of outgoing) messaging.publishUnanswered(subject, payload, stated);
      const ack = await messaging.publish(last.subject, last.payload, last.stated);
      // Another relay's copy at our place is as good as ours; anywhere else it is a memory of what was lost.
      if (ack.duplicate && ack.seq !== expected)
        throw new Error("NATS remembers the event but does not hold it in place.");
      reached = together.at(-1)?.event.position ?? reached;
      options.onReached?.(reached);
      for (const { event } of together) options.onPublished?.(event);
    } catch (error) {
      failure ??= { error };
      round.abort();
      for (const span of spans) span.fail(errorType(error));
    } finally {
      for (const span of spans) span.end();
    }
  };

  const publishBatch = () => {
    if (underWay || batch.length === 0 || round.signal.aborted) return;
    const together = batch;
    batch = [];
    underWay = publish(together).finally(() => {
      underWay = undefined;
      publishBatch();
    });
  };

  const watch = setInterval(() => {
    const seen = reached;
    readTail(messaging).then(
      ({ position }) => (position ?? -1n) < seen && end(),
      () => {}, // A NATS that does not answer is met by the next publish, or by the reconnect.
    );
  }, WATCH_MS);

  try {
    await store.subscribe({
      after: tail.position,
      signal: AbortSignal.any([options.signal, round.signal]),
      onEvent: (event) => {
        const message = toMessage(event);
        if (!message) {
          if (!underWay && batch.length === 0) options.onReached?.(event.position);
          return options.onSkipped?.(event);
        }
        if (round.signal.aborted) return;
        if (batch.push({ event, message }) === 1 && !underWay) setImmediate(publishBatch);
        if (batch.length < WINDOW) return;
        publishBatch();
        return underWay;
      },
    });
  } finally {
    clearInterval(watch);
    options.resync.removeEventListener("resync", end);
    publishBatch();
    while (underWay) await underWay;
  }
  if (failure) throw failure.error;
};

interface Outgoing {
  readonly event: StoredEvent;
  readonly message: RelayedMessage;
}

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
