import { Fault } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import { v5 as uuidv5 } from "uuid";
import { appendUntilKnown, patienceMs, startPatience } from "./patience.ts";
import type { DomainEvent, EventMetadata, EventStore, ExpectedRevision, NewEvent, StoredEvent } from "./types.ts";

/** How a stream folds into the state that decisions see. */
export interface Aggregate<S, E extends DomainEvent> {
  readonly category: string;
  readonly initial: S;
  /** Never rejects a stored fact; ignores what it does not know. */
  readonly evolve: (state: S, event: E) => S;
  /** The registration that the stream belongs to. It correlates new events when their cause names none. */
  readonly correlationOf?: (state: S) => string | undefined;
}

export interface Cause {
  /** The service that decides. */
  readonly service: string;
  /** The opaque id of the operator or program that asked for it. */
  readonly actor?: string | undefined;
  /** The id of the message or event that led to this; the new events' ids derive from it. */
  readonly id?: string | undefined;
  /** The registration that this is about. */
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** A request without its own trace context: only the stream says which trace it belongs to. */
  readonly request?: { joins(trace: string | undefined): string | undefined } | undefined;
  /**
   * Whether the new events claim something that only one process may do next. Their ids are then random: with derived ids, two
   * processes with the same message would append the same ids, and the store would let both believe that they won.
   */
  readonly claim?: boolean;
}

/** The events to append and, if the caller needs to know more, a result. */
export type Decided<E, R> = { readonly events: readonly E[]; readonly result: R };

/** Depends on the state only. May run several times, so it has no side effects. A repeat decides no events. */
export type Decision<S, E, R = undefined> = (state: S) => readonly E[] | Decided<E, R>;

export interface Transaction<S, E, R = undefined> {
  /** The state after the events. */
  readonly state: S;
  /** The decision's result; undefined when it returns only events. */
  readonly result: R;
  /** The events appended now; empty when the decision found nothing to do. */
  readonly events: readonly E[];
  /** Revision of the stream's last event; -1 when there is no stream. */
  readonly revision: bigint;
  /** Position of the last appended event. */
  readonly position?: bigint;
  /** W3C trace context: the cause's, or else that of the stream's first event. */
  readonly traceparent?: string | undefined;
}

/** What the caller believes the stream holds, such as the result of its last transaction. */
export type Known<S> = Pick<Transaction<S, never>, "state" | "revision" | "traceparent">;

const NAMESPACE = "7f2c8f5e-4f0b-5c58-9d0e-6a1f4a2b9c3d";

export const streamName = (category: string, id: string): string => `${category}-${id}`;

/** Reads a stream and folds it. `revision` is -1 when there is no stream; `traceparent` is that of its first event. */
export const load = async <S, E extends DomainEvent>(store: EventStore, aggregate: Aggregate<S, E>, id: string) => {
  const stored = await store.read<E>(streamName(aggregate.category, id));
  const state = stored.reduce<S>(aggregate.evolve, aggregate.initial);
  return { state, revision: stored.at(-1)?.revision ?? -1n, stored, traceparent: traceOf(stored) };
};

/** The trace in which a stream began. Later causes without a trace, such as a provider's report, belong to it. */
export const traceOf = (stored: readonly Pick<StoredEvent, "metadata">[]): string | undefined =>
  stored[0]?.metadata.traceparent;

/**
 * Reads the stream, decides, and appends at the revision it read. Starts over if somebody else was first. `known` saves the first
 * read; if it is out of date, the append notices. Throws the fault "contention" when the time is up.
 */
export const transact = async <S, E extends DomainEvent, R = undefined>(
  store: EventStore,
  aggregate: Aggregate<S, E>,
  id: string,
  decide: Decision<S, E, R>,
  cause: Cause,
  known?: Known<S>,
): Promise<Transaction<S, E, R>> => {
  const stream = streamName(aggregate.category, id);
  const causeId = cause.id ?? store.runtime.uuid();
  const patience = startPatience(store.runtime, store.patienceMs ?? patienceMs.message);
  let believed = known;
  let refusedAt: bigint | undefined;
  for (;;) {
    const { state, revision, traceparent: trace } = believed ?? (await load(store, aggregate, id));
    if (revision === refusedAt) {
      // The events in the way are not visible yet: other nodes do not have them.
      await patience.wait();
      refusedAt = undefined;
      continue;
    }
    const traceparent = cause.traceparent ?? (cause.request ? cause.request.joins(trace) : trace);
    const { events, result } = decided(decide(state));
    if (events.length === 0) {
      if (!believed) return { state, result, revision, events, traceparent };
      believed = undefined; // `known` may be old: "nothing to do" counts only after a read.
      continue;
    }
    const correlationId = cause.correlationId ?? aggregate.correlationOf?.(state);
    const whole = { ...cause, correlationId };
    const proposed = newEvents(store.runtime, stream, revision, events, causeId, whole, traceparent);
    const expected: ExpectedRevision = revision < 0n ? "no_stream" : revision;
    const appended = await appendUntilKnown(patience, () => store.append(stream, proposed, expected));
    if (appended.ok) {
      const { position, revision: last } = appended;
      return { state: events.reduce(aggregate.evolve, state), result, revision: last, events, position, traceparent };
    }
    if (patience.isOver()) throw new Fault("contention", { detail: `(${aggregate.category})` });
    refusedAt = believed ? undefined : revision;
    believed = undefined;
  }
};

const decided = <E, R>(outcome: readonly E[] | Decided<E, R>): Decided<E, R> =>
  "events" in outcome ? outcome : { events: outcome, result: undefined as R };

const newEvents = <E extends DomainEvent>(
  runtime: Runtime,
  stream: string,
  revision: bigint,
  events: readonly E[],
  causeId: string,
  cause: Cause,
  traceparent: string | undefined,
): NewEvent[] => {
  const metadata: EventMetadata = {
    $correlationId: cause.correlationId ?? causeId,
    $causationId: causeId,
    service: cause.service,
    ...(cause.actor && { actor: cause.actor }),
    ...(traceparent && { traceparent }),
  };
  return events.map((event, index) => ({
    id: cause.claim ? runtime.uuid() : uuidv5(`${stream}/${revision}/${index}/${causeId}`, NAMESPACE),
    type: event.type,
    data: event.data,
    metadata,
  }));
};
