import type { DatabaseSync } from "node:sqlite";
import { type EventStore, follow, type Lag, measureLag, type StoredEvent } from "@touchline/event-store";
import { openDatabase } from "./database.ts";
import { createFolder } from "./folder.ts";
import type { Projection } from "./projection.ts";
import { watchForNext } from "./takeover.ts";

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
  /** What the projection says has changed, inside the transaction; it counts from the next commit on. */
  readonly onChange?: (key: string) => void;
  readonly onBroken?: (error: unknown) => void;
  readonly onStopped?: (status: ProjectionStatus) => void;
  /** A rebuild that was made beside this projection has taken its place. */
  readonly onReplaced?: (position: bigint) => void;
}

export interface RunningProjection {
  readonly name: string;
  /** For reading; stays the same when a rebuild takes over. Rows are committed in small batches as events come. */
  readonly db: DatabaseSync;
  readonly status: () => ProjectionStatus;
  /** `$all` position that the rows reflect; undefined before the first event. */
  readonly position: () => bigint | undefined;
  /** When the last folded event was stored. */
  readonly lastEventAt: () => Date | undefined;
  /** How far the rows are behind the store. */
  readonly lag: () => Promise<Lag>;
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
const COMMIT_EVERY_MS = 10;

/** Keeps a projection's file in step with the events until the signal aborts. */
export const runProjection = (options: RunnerOptions): RunningProjection => {
  const { store, projection, path, signal, onBroken } = options;
  const db = openDatabase(path, projection);
  const folder = createFolder(db, projection, { changed: options.onChange });

  let lastEventAt: Date | undefined;
  let status: ProjectionStatus = { state: "catching_up" };
  let caughtUp = false;
  let scheduled: NodeJS.Immediate | undefined;
  let postponed: NodeJS.Timeout | undefined;
  let committedAt = 0;
  /** Where measuring the lag begins: hardly any event that this projection wants stands before it. */
  let seen = folder.position();
  /** Pending while the content of the file is being replaced. */
  let replacing: Promise<void> | undefined;
  let poison = new AbortController();
  let goOn = Promise.withResolvers<void>();
  const listeners = new Set<(position: bigint) => void>();
  const ready = Promise.withResolvers<void>();

  const commit = () => {
    clearImmediate(scheduled);
    clearTimeout(postponed);
    scheduled = postponed = undefined;
    if (folder.pending() > 0) {
      folder.commit();
      committedAt = performance.now();
      for (const listener of listeners) listener(folder.position());
    }
    if (caughtUp && status.state === "catching_up") {
      status = { state: "live" };
      ready.resolve();
    }
  };
  // Everything that has already arrived goes into one transaction: the commit waits for the event loop to turn, and for
  // more while events come faster than transactions are worth.
  const commitSoon = () => {
    if (scheduled || postponed) return;
    const waitMs = committedAt + COMMIT_EVERY_MS - performance.now();
    if (waitMs > 0) postponed = setTimeout(commit, waitMs);
    else scheduled = setImmediate(commit);
  };

  const stop = (event: StoredEvent, error: unknown) => {
    commit();
    seen = folder.position();
    status = { state: "stopped", eventId: event.id, eventType: event.type, error };
    options.onStopped?.(status);
    ready.resolve();
    poison.abort();
  };

  const foldOne = (event: StoredEvent) => {
    if (event.position <= folder.position() || status.state === "stopped") return;
    try {
      folder.fold(event);
    } catch (error) {
      stop(event, error);
      return;
    }
    lastEventAt = event.created;
    if (folder.pending() >= MAX_BATCH) commit();
    else commitSoon();
  };

  const followOnce = () =>
    follow(store, {
      position: () => (folder.position() < 0n ? undefined : folder.position()),
      prefixes: projection.prefixes,
      signal: AbortSignal.any([signal, poison.signal]),
      onEvent: (event) => (replacing ? replacing.then(() => foldOne(event)) : foldOne(event)),
      onCheckpoint: (position) => {
        // A checkpoint overtakes the events that are in hand; standing still, it would hide those that follow.
        if (status.state !== "stopped" && position > seen) seen = position;
      },
      onCaughtUp: () => {
        caughtUp = true;
        commitSoon();
      },
      ...(onBroken && { onBroken }),
    });

  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const run = async () => {
    while (!signal.aborted) {
      await followOnce();
      if (signal.aborted) break;
      await Promise.race([goOn.promise, aborted]);
      poison = new AbortController();
      goOn = Promise.withResolvers();
    }
  };

  /** Lets `replace` change the file's content while no event is being folded; then goes on where the new content stands. */
  const replaceContent = async (replace: () => Promise<void>): Promise<void> => {
    commit();
    const replaced = Promise.withResolvers<void>();
    replacing = replaced.promise;
    try {
      await replace();
      folder.reload();
      seen = folder.position();
    } finally {
      replacing = undefined;
      replaced.resolve();
    }
    for (const listener of listeners) listener(folder.position());
    options.onReplaced?.(folder.position());
    if (status.state !== "stopped") return;
    status = { state: "catching_up" };
    caughtUp = false;
    goOn.resolve();
  };

  const position = folder.position;
  const watching = watchForNext({ store, projection, path, signal, position, replaceContent, onBroken });
  const done = Promise.all([run(), watching]).then(() => {
    commit();
    db.close();
  });

  const onCommit = (listener: (position: bigint) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  const reached = (wanted: bigint, timeoutMs: number): Promise<boolean> => {
    if (folder.pending() === 0 && folder.position() >= wanted) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const off = onCommit((at) => at >= wanted && resolve(true));
    return promise.finally(() => {
      clearTimeout(timer);
      off();
    });
  };

  return {
    name: projection.name,
    db,
    done,
    onCommit,
    reached,
    ready: ready.promise,
    status: () => status,
    position: () => (folder.position() < 0n ? undefined : folder.position()),
    lastEventAt: () => lastEventAt,
    lag: () => measureLag(store, folder.position() > seen ? folder.position() : seen, projection.prefixes),
  };
};
