import type { StoredEvent } from "@touchline/event-store";
import type { Runtime } from "@touchline/service";
import { CORRELATION_ID, errorType, type Span, type Tracing } from "@touchline/service/tracing";
import { type Outgoing, type Sending, sendBatch } from "./send.ts";
import type { Tail } from "./tail.ts";

export interface PublisherOptions extends Sending {
  readonly runtime: Pick<Runtime, "after">;
  readonly tracing?: Tracing | undefined;
  readonly onPublished?: ((event: StoredEvent) => void) | undefined;
  /** Called with the `$all` position up to which NATS has everything; -1 while it has nothing. */
  readonly onReached?: ((position: bigint) => void) | undefined;
  /** Called each time that publishing has worked, or that there is nothing to publish. */
  readonly onWorks?: (() => void) | undefined;
  /** A publish failed, so the round must end. */
  readonly onFailed: () => void;
}

/** Publishes events in order, in batches: what arrives while a batch is in flight goes into the next one. */
export interface Publisher {
  /** Takes an event. Resolves when there is room for the next one. */
  take(outgoing: Outgoing): Promise<void> | undefined;
  /** Skips an event that is not published. Once everything taken before it is acknowledged, NATS has everything up to it. */
  pass(position: bigint): void;
  /** Whether nothing is pending or in flight. */
  isIdle(): boolean;
  /** The `$all` position up to which NATS has everything. */
  reached(): bigint;
  /** Publishes what is pending, if the round continues, and waits for what is in flight. @throws the first failure */
  finish(): Promise<void>;
}

/** Events that may be pending while a batch is in flight. */
const WINDOW = 512;

export const createPublisher = (tail: Tail, options: PublisherOptions): Publisher => {
  const { runtime, tracing, round, onPublished, onReached, onWorks, onFailed } = options;
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
      expected = await sendBatch(options, batch, { expected, reached }, spans);
      reached = batch.at(-1)?.event.position ?? reached;
      onReached?.(pending.length === 0 && passed > reached ? passed : reached);
      onWorks?.();
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
      // Events read together are published together.
      if (pending.push(outgoing) === 1 && !inFlight) runtime.after(0, publishPending);
      if (pending.length < WINDOW) return undefined;
      publishPending();
      return inFlight;
    },
    pass: (position) => {
      passed = position;
      if (isIdle()) onReached?.(position);
    },
    isIdle,
    reached: () => reached,
    finish: async () => {
      publishPending();
      while (inFlight) await inFlight;
      if (failure) throw failure.error;
    },
  };
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
