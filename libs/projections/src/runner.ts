import type { DatabaseSync } from "node:sqlite";
import { type EventStore, type Lag, measureLag, type StoredEvent } from "@touchline/event-store";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { type Applier, createApplier } from "./applier.ts";
import { type Batches, createBatches } from "./batches.ts";
import { SecondWriter } from "./checkpoint.ts";
import { type ExchangeWatch, watchForExchange } from "./exchange.ts";
import { isFileFault } from "./file-trouble.ts";
import type { Projection } from "./projection.ts";
import { UnfoldableEvent } from "./rebuild.ts";
import { createRecovery, type FileTrouble } from "./recovery.ts";
import { openSource, type Source } from "./source.ts";
import { keepStatus, type ProjectionStatus, type StatusKeeper } from "./status.ts";
import { watchForNext } from "./takeover.ts";
import { closeFile, ViewFile } from "./view-file.ts";

export interface RunnerOptions {
  readonly store: EventStore;
  readonly projection: Projection;
  /** The SQLite file. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** The machine's own by default. */
  readonly runtime?: Runtime;
  /** Called inside the transaction with each key that the projection reports as changed. Readers see the change from the next commit on. */
  readonly onChange?: (key: string) => void;
  readonly onBroken?: (error: unknown) => void;
  readonly onStopped?: (status: ProjectionStatus) => void;
}

export interface RunningProjection {
  readonly name: string;
  /**
   * For reading. Stays the same object when a rebuild takes over or the file is replaced. Rows are committed in small batches as
   * events arrive. Errors that the file causes are thrown as a `Fault`.
   */
  readonly db: DatabaseSync;
  readonly status: () => ProjectionStatus;
  /** Calls the listener each time the state of `status` becomes another one. */
  readonly onStatus: (listener: () => void) => () => void;
  /** The `$all` position that the rows have reached; undefined before the first event. */
  readonly position: () => bigint | undefined;
  /** How far the rows lag behind the store. */
  readonly lag: () => Promise<Lag>;
  /** Resolves once all history is applied, or when the projection stops; not while it waits for its file. */
  readonly ready: Promise<void>;
  /** Calls the listener after each commit, with the position reached. */
  readonly onCommit: (listener: (position: bigint) => void) => () => void;
  /** Calls the listener when the view must be rebuilt because its rows were made from other events than the store has. */
  readonly onExchanged: (listener: () => void) => () => void;
  /** Calls the listener when the file cannot be used or is damaged, including any present trouble. */
  readonly onTrouble: (listener: (trouble: FileTrouble) => void) => () => void;
  readonly onSkipped: Source["onSkipped"];
  readonly brokenFor: Source["brokenFor"];
  /** Resolves when the rows have reached this position, or after the time-out; the result says whether they have. */
  readonly reached: (position: bigint, timeoutMs: number) => Promise<boolean>;
  /** Resolves when the runner has ended and the file is closed. */
  readonly done: Promise<void>;
}

/** Keeps a projection's file in step with the events until the signal aborts. */
export const runProjection = (options: RunnerOptions): RunningProjection => {
  const { store, projection, path, signal, onBroken, runtime = systemRuntime() } = options;
  const file = new ViewFile(path);
  const applier = createApplier(file, projection, { changed: options.onChange });
  const { position, remembered } = applier;
  const status = keepStatus(options.onStopped);
  const recovery = createRecovery({
    file,
    projection,
    signal,
    runtime,
    onFailed: (fault) => {
      source.halt();
      applier.abandon();
      status.wait(fault.message);
    },
    onRetry: (reopened) => {
      if (reopened) applier.reload();
      source.resume();
    },
  });

  const stop: StatusKeeper["stop"] = (why) => {
    source.halt();
    status.stop(why);
  };
  const fail: Fail = (error, why) => (isFileFault(error) ? recovery.failed(error) : stop(why));
  const batches = createBatches(applier, runtime, (error) => fail(error, { reason: messageOf(error), error }));
  batches.onCommit(recovery.works);
  const onEvent = (event: StoredEvent) => applyOne(event, applier, batches, fail);
  const onCaughtUp = () => {
    if (!batches.commit()) return;
    recovery.works();
    status.live();
  };
  const exchange = watchForExchange({ store, projection, path, signal, runtime, remembered });
  exchange.onExchanged(status.readAgain);
  const beforeEach = checkStore(exchange, batches, stop);
  const { prefixes } = projection;
  const source = openSource({ store, prefixes, position, signal, beforeEach, onEvent, onCaughtUp, onBroken });
  recovery.open();
  if (file.isOpen) applier.reload();

  const replaceContent = contentReplacer(applier, batches, source, status);
  const watching = watchForNext({ store, projection, path, file, signal, runtime, position, replaceContent, onBroken });
  const done = Promise.all([source.run(), watching]).then(() => {
    batches.commit();
    closeFile(file);
  });
  return {
    name: projection.name,
    db: file,
    done,
    onCommit: batches.onCommit,
    onExchanged: exchange.onExchanged,
    onTrouble: recovery.onTrouble,
    onSkipped: source.onSkipped,
    brokenFor: source.brokenFor,
    ready: status.ready,
    status: status.current,
    onStatus: status.onChange,
    reached: untilReached(applier, batches, runtime),
    position: () => (position() < 0n ? undefined : position()),
    lag: () => measureLag(store, source.seen(), prefixes),
  };
};

/** Lets `replace` change the file's content while no event is being applied, then goes on from the end of the new content. */
const contentReplacer =
  (applier: Applier, batches: Batches, source: Source, status: StatusKeeper) =>
  async (replace: () => Promise<void>): Promise<void> => {
    batches.commit();
    await source.whilePaused(async () => {
      await replace();
      applier.reload();
    });
    batches.announce();
    if (status.startAgain()) source.resume();
  };

/** Waits out a fault of the file; any other error stops the projection. */
type Fail = (error: unknown, why: Parameters<StatusKeeper["stop"]>[0]) => void;

const applyOne = (event: StoredEvent, applier: Applier, batches: Batches, fail: Fail): void => {
  try {
    applier.apply(event);
  } catch (error) {
    batches.commit();
    fail(error, stoppedBefore(event, error));
    return;
  }
  batches.commitSoon();
};

const checkStore = (exchange: ExchangeWatch, batches: Batches, stop: StatusKeeper["stop"]) => async () => {
  batches.commit();
  try {
    await exchange.check();
  } catch (error) {
    if (!(error instanceof UnfoldableEvent)) throw error;
    stop(stoppedBefore({ id: error.eventId, type: error.eventType }, error));
  }
};

const stoppedBefore = ({ id: eventId, type: eventType }: { id: string; type: string }, error: unknown) => ({
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
