import type { DatabaseSync } from "node:sqlite";
import { type EventStore, type Lag, measureLag, type StoredEvent } from "@touchline/event-store";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { type Applier, createApplier } from "./applier.ts";
import { type Batches, createBatches } from "./batches.ts";
import { SecondWriter } from "./checkpoint.ts";
import { openDatabase } from "./database.ts";
import type { Projection } from "./projection.ts";
import { openSource } from "./source.ts";
import { keepStatus, type ProjectionStatus } from "./status.ts";
import { watchForNext } from "./takeover.ts";

export interface RunnerOptions {
  readonly store: EventStore;
  readonly projection: Projection;
  /** The SQLite file. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** The machine's own when absent. */
  readonly runtime?: Runtime;
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
  /** When the last applied event was stored. */
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

/** Keeps a projection's file in step with the events until the signal aborts. */
export const runProjection = (options: RunnerOptions): RunningProjection => {
  const { store, projection, path, signal, onBroken, runtime = systemRuntime() } = options;
  const db = openDatabase(path, projection);
  const applier = createApplier(db, projection, { changed: options.onChange });
  const { position } = applier;
  const status = keepStatus(options.onStopped);

  const stop = (why: Parameters<typeof status.stop>[0]) => {
    source.halt();
    status.stop(why);
  };
  const batches = createBatches(applier, runtime, (error) => stop({ reason: messageOf(error), error }));
  let lastEventAt: Date | undefined;
  const onEvent = (event: StoredEvent) => {
    try {
      applier.apply(event);
    } catch (error) {
      batches.commit();
      stop(stoppedBefore(event, error));
      return;
    }
    lastEventAt = event.created;
    batches.commitSoon();
  };
  const onCaughtUp = () => {
    batches.commit();
    status.live();
  };
  const { prefixes } = projection;
  const source = openSource({ store, prefixes, position, signal, onEvent, onCaughtUp, onBroken });

  /** Lets `replace` change the file's content while no event is being applied; then goes on from where the new content ends. */
  const replaceContent = async (replace: () => Promise<void>): Promise<void> => {
    batches.commit();
    await source.whilePaused(async () => {
      await replace();
      applier.reload();
    });
    batches.announce();
    options.onReplaced?.(position());
    if (status.startAgain()) source.resume();
  };
  const watching = watchForNext({ store, projection, path, signal, runtime, position, replaceContent, onBroken });
  const done = Promise.all([source.run(), watching]).then(() => {
    batches.commit();
    db.close();
  });
  return {
    name: projection.name,
    db,
    done,
    onCommit: batches.onCommit,
    ready: status.ready,
    status: status.current,
    reached: untilReached(applier, batches, runtime),
    position: () => (position() < 0n ? undefined : position()),
    lastEventAt: () => lastEventAt,
    lag: () => measureLag(store, source.seen(), prefixes),
  };
};

const stoppedBefore = ({ id: eventId, type: eventType }: StoredEvent, error: unknown) => ({
  reason: error instanceof SecondWriter ? error.message : `stopped before ${eventType} ${eventId}`,
  error,
  eventId,
  eventType,
});

const untilReached =
  (applier: Applier, batches: Batches, runtime: Runtime): RunningProjection["reached"] =>
  (wanted, timeoutMs) => {
    if (applier.pending() === 0 && applier.position() >= wanted) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = runtime.after(timeoutMs, () => resolve(false));
    const off = batches.onCommit((at) => at >= wanted && resolve(true));
    return promise.finally(() => {
      cancel();
      off();
    });
  };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
