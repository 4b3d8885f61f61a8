import { type EventStore, follow, type StoredEvent } from "@touchline/event-store";
import { watchFailures } from "@touchline/service";

export interface SourceOptions {
  readonly store: EventStore;
  readonly prefixes: readonly string[];
  /** The `$all` position of the rows; -1 before the first event. Reading starts after it. */
  readonly position: () => bigint;
  readonly signal: AbortSignal;
  /** Awaited before each subscription. It may move the position. */
  readonly beforeEach?: () => Promise<void>;
  readonly onEvent: (event: StoredEvent) => void;
  /** Called when all history has been read; the events that follow are live. */
  readonly onCaughtUp: () => void;
  readonly onBroken?: ((error: unknown) => void) | undefined;
}

/** The events that a projection wants, in order, for as long as the signal allows. */
export interface Source {
  /** Reads until the signal aborts. */
  readonly run: () => Promise<void>;
  /** The rows have every wanted event up to this position. */
  readonly seen: () => bigint;
  /** Gives no more events, until `resume`. */
  readonly halt: () => void;
  /** Reads on after `position()`. */
  readonly resume: () => void;
  /** Calls the listener for each event that is skipped because it is not Touchline's. */
  readonly onSkipped: (listener: () => void) => () => void;
  /** For people: for how long there have been no events because the subscription breaks, and why; undefined while it holds. */
  readonly brokenFor: () => string | undefined;
  /** Holds events back while `work` moves the position. */
  readonly whilePaused: (work: () => Promise<void>) => Promise<void>;
}

export const openSource = (options: SourceOptions): Source => {
  const { store, prefixes, position, signal, beforeEach, onEvent, onCaughtUp, onBroken } = options;
  const skipped = new Set<() => void>();
  const subscription = watchFailures(store.runtime);
  let seen = position();
  let paused: Promise<void> | undefined;
  let reading = new AbortController();
  let resumed = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resumed.resolve(), { once: true });

  const take = (event: StoredEvent) => {
    // A subscription may still give events while it ends, and a new one may begin before the rows' position.
    if (!reading.signal.aborted && event.position > position()) onEvent(event);
  };
  const readOnce = () =>
    follow(store, {
      prefixes,
      beforeEach,
      signal: AbortSignal.any([signal, reading.signal]),
      position: () => (position() < 0n ? undefined : position()),
      onEvent: (event) => {
        subscription.works();
        return paused ? paused.then(() => take(event)) : take(event);
      },
      onCheckpoint: (checkpoint) => {
        // A checkpoint can be ahead of events still in flight; after a halt it would hide those.
        if (!reading.signal.aborted && checkpoint > seen) seen = checkpoint;
      },
      onCaughtUp: () => {
        subscription.works();
        onCaughtUp();
      },
      onSkipped: () => {
        for (const listener of skipped) listener();
      },
      onBroken: (error) => {
        subscription.failed(error);
        onBroken?.(error);
      },
    });
  const run = async () => {
    while (!signal.aborted) {
      await readOnce();
      if (signal.aborted) break;
      await resumed.promise;
      reading = new AbortController();
      resumed = Promise.withResolvers();
    }
  };

  return {
    run,
    seen: () => (position() > seen ? position() : seen),
    halt: () => {
      seen = position();
      reading.abort();
    },
    resume: () => resumed.resolve(),
    brokenFor: subscription.reason,
    onSkipped: (listener) => {
      skipped.add(listener);
      return () => void skipped.delete(listener);
    },
    whilePaused: async (work) => {
      const over = Promise.withResolvers<void>();
      paused = over.promise;
      try {
        await work();
        seen = position();
      } finally {
        paused = undefined;
        over.resolve();
      }
    },
  };
};
