import type { TouchlineEvent } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";

/** An event to be appended. `id` makes a repeated append harmless. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
}

/** Travels with each event. Never personal data. */
export interface EventMetadata {
  /** The registration that the event is about. */
  readonly $correlationId?: string;
  /** Id of the event or message that led to this one. */
  readonly $causationId?: string;
  /** The service that appended it. */
  readonly service: string;
  /** Who caused it, a person or a program: an opaque id, never a name. */
  readonly actor?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** ISO instant: when it was first stored, in an event that was moved or brought back; `created` says it already. */
  readonly firstStoredAt?: string;
}

/** An event as it was read. `type` says which `data` it has; a type that this version does not know is to be ignored. */
export type StoredEvent<E extends DomainEvent = TouchlineEvent> = E extends DomainEvent ? E & StoredFacts : never;

interface StoredFacts {
  readonly id: string;
  readonly stream: string;
  readonly metadata: Partial<EventMetadata>;
  /** 0 for the first event of a stream. */
  readonly revision: bigint;
  /** Commit position in `$all`; grows with gaps. */
  readonly position: bigint;
  readonly created: Date;
}

export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/** Revision of the last event that the stream must have, or none at all. */
export type ExpectedRevision = bigint | "no_stream";

export type AppendResult =
  | { readonly ok: true; readonly revision: bigint; readonly position: bigint }
  /** Somebody else appended first. */
  | { readonly ok: false };

export interface SubscribeOptions {
  /** Start after this `$all` position; from the first event when absent. */
  readonly after?: bigint | undefined;
  /** Only streams whose name starts with one of these; all but system streams when absent. */
  readonly prefixes?: readonly string[];
  /** Only events of these types, of whatever stream. Goes without `prefixes`: the server filters by one of the two. */
  readonly types?: readonly string[];
  readonly signal: AbortSignal;
  /** Awaited before the next event is taken: a slow handler slows the stream, not the memory. */
  readonly onEvent: (event: StoredEvent) => void | Promise<void>;
  /** Called for each event in the way that is not Touchline's: of another program, or damaged. */
  readonly onSkipped?: () => void;
  /** No wanted event is before this position that has not been taken. */
  readonly onCheckpoint?: (position: bigint) => void;
  /** History is through; what follows is live. */
  readonly onCaughtUp?: () => void;
}

/** What is at a position of `$all`: an event; nothing any more, because a scavenge removed it; or nothing ever was. */
export type AtPosition = { readonly kind: "event"; readonly id: string } | { readonly kind: "gone" | "never" };

/** Whether the store can be used, as far as is known without asking it. */
export interface StoreStatus {
  /** Why it cannot be reached, in a sentence for people; absent while it can. */
  readonly unreachable?: string;
  /** How long no append has worked; 0 while they do. */
  readonly appendsFailingForMs: number;
}

/** EventStoreDB as Touchline uses it. Faults are thrown as `Fault`. */
export interface EventStore {
  /** The clocks and timers of the process that uses the store, so that waiting for it can be simulated. */
  readonly runtime: Runtime;
  /** How long `transact` waits out what others append to its stream; that of a message unless given. */
  readonly patienceMs?: number;
  /** Appends all or none. Repeating an append with the same ids and expected revision succeeds without effect. */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  /** All events of a stream, oldest first; empty when there is no such stream. */
  read<E extends DomainEvent = TouchlineEvent>(stream: string): Promise<StoredEvent<E>[]>;
  /**
   * Hides a stream's events below a revision for good: `read` does not give them any more, and a scavenge of the server removes
   * them. Until then `$all` still has them.
   */
  truncateBefore(stream: string, revision: bigint): Promise<void>;
  /** Every event of `$all` after a position, up to where the log ends now; system events left out. */
  readAll(options?: { after?: bigint | undefined; prefixes?: readonly string[] }): AsyncIterable<StoredEvent>;
  /** Follows `$all`. Resolves after `signal` aborts; rejects when the subscription breaks. */
  subscribe(options: SubscribeOptions): Promise<void>;
  /** Position of the last event in `$all`; undefined while there is none. */
  head(): Promise<bigint | undefined>;
  at(position: bigint): Promise<AtPosition>;
  /** Whether the server answers. */
  ping(): Promise<void>;
  status(): StoreStatus;
  close(): Promise<void>;
}
