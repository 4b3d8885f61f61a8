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
  /** ISO instant when a moved or recovered event was first stored. `created` already takes it into account. */
  readonly firstStoredAt?: string;
}

/** An event as read. `type` says which `data` it has. Ignore types that this version does not know. */
export type StoredEvent<E extends DomainEvent = TouchlineEvent> = E extends DomainEvent ? E & StoredFacts : never;

interface StoredFacts {
  readonly id: string;
  readonly stream: string;
  readonly metadata: Partial<EventMetadata>;
  /** 0 for the first event of a stream. */
  readonly revision: bigint;
  /** Commit position in `$all`; always increases, with gaps. */
  readonly position: bigint;
  readonly created: Date;
}

export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/** The revision that the stream's last event must have, or `no_stream`. */
export type ExpectedRevision = bigint | "no_stream";

export type AppendResult =
  | { readonly ok: true; readonly revision: bigint; readonly position: bigint }
  /** Somebody else appended first. */
  | { readonly ok: false };

export interface SubscribeOptions {
  /** Start after this `$all` position; from the first event when absent. */
  readonly after?: bigint | undefined;
  /** Only streams whose names start with one of these. If absent, all but system streams. */
  readonly prefixes?: readonly string[];
  /** Only events of these types, in any stream. Not together with `prefixes`: the server filters by one or the other. */
  readonly types?: readonly string[];
  readonly signal: AbortSignal;
  /** Awaited before the next event, so that a slow handler slows the stream instead of filling memory. */
  readonly onEvent: (event: StoredEvent) => void | Promise<void>;
  /** Called for each skipped event that is not Touchline's: another program's, or damaged. */
  readonly onSkipped?: () => void;
  /** Called with a position up to which every wanted event has been taken. */
  readonly onCheckpoint?: (position: bigint) => void;
  /** Called when all history has been read; the events that follow are live. */
  readonly onCaughtUp?: () => void;
}

/** What is at a position of `$all`: an event; `gone`, removed by a scavenge; or `never`, no event at any time. */
export type AtPosition = { readonly kind: "event"; readonly id: string } | { readonly kind: "gone" | "never" };

/** Whether the store works, as far as is known without asking it. */
export interface StoreStatus {
  /** Why it cannot be reached, in a sentence for people; absent while it can. */
  readonly unreachable?: string;
  /** For how long no append has worked; 0 while appends work. */
  readonly appendsFailingForMs: number;
}

/** EventStoreDB as Touchline uses it. Faults are thrown as `Fault`. */
export interface EventStore {
  /** The clocks and timers of the process, so that waiting for the store can be simulated. */
  readonly runtime: Runtime;
  /** How long `transact` waits for others that append to its stream; by default, as for a message. */
  readonly patienceMs?: number;
  /** Appends all or none. Repeating an append with the same ids and expected revision succeeds without effect. */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  /** All events of a stream, oldest first; empty when the stream does not exist. */
  read<E extends DomainEvent = TouchlineEvent>(stream: string): Promise<StoredEvent<E>[]>;
  /**
   * Hides a stream's events below a revision for good: `read` no longer returns them, and a scavenge of the server removes them.
   * Until then, `$all` still has them.
   */
  truncateBefore(stream: string, revision: bigint): Promise<void>;
  /** Every event of `$all` after a position, up to the present end of the log, without system events. */
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
