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

/** Publishes that may be unacknowledged at once, and events that may wait for them. */
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
  const pending = new Map<StoredEvent, Promise<void>>();
  /** Events that come while others are unacknowledged go together when those are through: in one write, and only under load. */
  let batch: { event: StoredEvent; message: RelayedMessage }[] = [];
  let expected = tail.lastSequence;
  let reached = tail.position ?? -1n;
  options.onReached?.(reached);
  let failure: { readonly error: unknown } | undefined;

  const publish = async (event: StoredEvent, message: RelayedMessage, after: number) => {
    const span = options.tracing && startSend(options.tracing, event, message);
    try {
      const ack = await messaging.publish(message.subject, message.payload, {
        headers: span ? { ...message.headers, traceparent: span.traceparent } : message.headers,
        msgId: event.id,
        expectLastSequence: after,
      });
      // Another relay's copy at our place is as good as ours; anywhere else it is a memory of what was lost.
      if (ack.duplicate && ack.seq !== after + 1)
        throw new Error("NATS remembers the event but does not hold it in place.");
      if (event.position > reached) reached = event.position;
      options.onReached?.(reached);
      options.onPublished?.(event);
    } catch (error) {
      failure ??= { error };
      round.abort();
      span?.fail(errorType(error));
    } finally {
      span?.end();
      pending.delete(event);
      if (pending.size === 0 && batch.length > 0) publishBatch();
    }
  };

  const publishBatch = () => {
    const together = batch;
    batch = [];
    if (round.signal.aborted) return;
    for (const { event, message } of together) pending.set(event, publish(event, message, expected++));
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
          if (pending.size + batch.length === 0) options.onReached?.(event.position);
          return options.onSkipped?.(event);
        }
        if (round.signal.aborted) return;
        if (batch.push({ event, message }) === 1 && pending.size === 0) setImmediate(publishBatch);
        if (batch.length < WINDOW) return;
        if (pending.size === 0) publishBatch();
        return Promise.all(pending.values()).then(() => {});
      },
    });
  } finally {
    clearInterval(watch);
    options.resync.removeEventListener("resync", end);
    publishBatch();
    await Promise.all(pending.values());
  }
  if (failure) throw failure.error;
};

const startSend = (tracing: Tracing, event: StoredEvent, { subject }: RelayedMessage): Span =>
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
