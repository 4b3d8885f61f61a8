import type { DatabaseSync } from "node:sqlite";
import { type EventStore, follow, type StoredEvent } from "@touchline/event-store";
import { openDatabase } from "./database.ts";
import type { Projection } from "./projection.ts";

export type ProjectionStatus =
  | { readonly state: "catching_up" | "live" }
  /** An event could not be folded; the projection stands still before it until it is mended or rebuilt. */
  | { readonly state: "stopped"; readonly eventId: string; readonly eventType: string; readonly error: unknown };

export interface RunnerOptions {
  readonly store: EventStore;
  readonly projection: Projection;
  /** The SQLite file. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onBroken?: (error: unknown) => void;
  readonly onStopped?: (status: ProjectionStatus) => void;
}

export interface RunningProjection {
  /** For reading. Rows are committed in small batches as events come. */
  readonly db: DatabaseSync;
  readonly status: () => ProjectionStatus;
  /** `$all` position that the rows reflect; undefined before the first event. */
  readonly position: () => bigint | undefined;
  /** When the last folded event was stored. */
  readonly lastEventAt: () => Date | undefined;
  /** Resolves once history is through, or when the projection stops. */
  readonly ready: Promise<void>;
  /** Calls back after each commit, with the position that was reached. */
  readonly onCommit: (listener: (position: bigint) => void) => () => void;
  /** Resolves when the rows reflect this position, or after the time-out, with whether they do. */
  readonly reached: (position: bigint, timeoutMs: number) => Promise<boolean>;
  /** Resolves when the runner has ended and the file is closed. */
  readonly done: Promise<void>;
}

const MAX_BATCH = 1_000;

/** Keeps a projection's file in step with the events until the signal aborts. */
export const runProjection = (options: RunnerOptions): RunningProjection => {
  const { store, projection, path, signal } = options;
  const db = openDatabase(path, projection);
  const apply = projection.prepare(db);
  const save = db.prepare("UPDATE checkpoint SET position = ?");
  const stored = db.prepare("SELECT position FROM checkpoint");
  stored.setReadBigInts(true);

  let position = stored.get()?.position as bigint;
  let lastEventAt: Date | undefined;
  let status: ProjectionStatus = { state: "catching_up" };
  let pending = 0;
  let caughtUp = false;
  let scheduled: NodeJS.Immediate | undefined;
  const listeners = new Set<(position: bigint) => void>();
  const ready = Promise.withResolvers<void>();
  const poison = new AbortController();

  const commit = () => {
    clearImmediate(scheduled);
    scheduled = undefined;
    if (pending > 0) {
      save.run(position);
      db.exec("COMMIT");
      pending = 0;
      for (const listener of [...listeners]) listener(position);
    }
    if (caughtUp && status.state === "catching_up") {
      status = { state: "live" };
      ready.resolve();
    }
  };
  // Everything that has already arrived goes into one transaction: the commit waits for the event loop to turn.
  const commitSoon = () => {
    scheduled ??= setImmediate(commit);
  };

  const stop = (event: StoredEvent, error: unknown) => {
    db.exec("ROLLBACK TO event");
    commit();
    status = { state: "stopped", eventId: event.id, eventType: event.type, error };
    options.onStopped?.(status);
    ready.resolve();
    poison.abort();
  };

  const onEvent = (event: StoredEvent) => {
    if (event.position <= position || status.state === "stopped") return;
    if (pending === 0) db.exec("BEGIN");
    db.exec("SAVEPOINT event");
    pending++;
    try {
      apply(event);
    } catch (error) {
      return stop(event, error);
    }
    db.exec("RELEASE event");
    position = event.position;
    lastEventAt = event.created;
    if (pending >= MAX_BATCH) commit();
    else commitSoon();
  };

  const done = follow(store, {
    position: () => (position < 0n ? undefined : position),
    prefixes: projection.prefixes,
    signal: AbortSignal.any([signal, poison.signal]),
    onEvent,
    onCaughtUp: () => {
      caughtUp = true;
      commitSoon();
    },
    ...(options.onBroken && { onBroken: options.onBroken }),
  }).then(async () => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    commit();
    db.close();
  });

  const onCommit = (listener: (position: bigint) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  const reached = (wanted: bigint, timeoutMs: number): Promise<boolean> => {
    if (pending === 0 && position >= wanted) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const off = onCommit((at) => at >= wanted && resolve(true));
    return promise.finally(() => {
      clearTimeout(timer);
      off();
    });
  };

  return {
    db,
    done,
    onCommit,
    reached,
    ready: ready.promise,
    status: () => status,
    position: () => (position < 0n ? undefined : position),
    lastEventAt: () => lastEventAt,
  };
};
