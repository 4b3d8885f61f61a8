import type { DatabaseSync } from "node:sqlite";
import { DiskFull, isFullDisk } from "./full-disk.ts";
import { Heads } from "./heads.ts";
import { EventReader } from "./reader.ts";
import { RemovedPositions } from "./removed.ts";
import { type StoredEvent, Tail } from "./tail.ts";
import { type WriteCommand, type WriteOutcome, Writer } from "./writer.ts";

export interface WriteListener {
  done(outcome: WriteOutcome): void;
  failed(error: unknown): void;
}

/** What serves a node's calls: a store, or the view of it that one of several nodes has. */
export interface ServedStore {
  readonly reader: EventReader;
  /** Of all that is committed, also beyond `lastPosition`. */
  readonly heads: Heads;
  readonly tail: Tail;
  /** The position of the last event that readers may see. */
  readonly lastPosition: number;
  write(command: WriteCommand, listener: WriteListener): void;
  /** Calls the callback once, when the next events are visible. The returned function cancels it. */
  onNextEvents(callback: () => void): () => void;
  /** Whether reading may begin at a position: a record's, a removed record's, the log's beginning, or beyond its end. */
  canReadFrom(position: number): boolean;
}

export interface StoreHooks {
  /** Makes everything committed durable, then calls the callback; `alone` if nobody else is waiting. One call at a time. */
  sync: (alone: boolean, callback: (error: Error | null) => void) => void;
  /**
   * For several nodes: publishes events that are durable here, and answers their appends, when enough nodes have them. Must keep the
   * order. Without it, both happen at once.
   */
  replicate?: (publish: () => void) => void;
  /** Called after each sync with the position of the last durable event. */
  durable: (position: number) => void;
  /** Called when the disk fails. What is stored is unknown until the file is reopened, so the process must end. */
  fatal: (error: unknown) => void;
  /** Called when the file is closed. */
  closed: () => void;
}

/** The most commands in a commit. It takes those that came since the last one, but not so many that readers wait long. */
const COMMIT_COMMANDS = 512;
const COMMIT_BYTES = 4 * 1024 * 1024;

/** The store is shutting down and accepts nothing. */
export class StoreClosed extends Error {
  override name = "StoreClosed";
}

interface Item {
  command: WriteCommand;
  listener: WriteListener;
}

/** A commit that has not been published, because it may still be lost. */
interface Unpublished {
  written: StoredEvent[];
  answer: () => void;
}

/**
 * One thread owns the file, so commands are decided and committed in the order of arrival. A commit is fast, because SQLite does
 * not wait for the disk. The store waits for the disk in the background, once for all commits made meanwhile. Only then does it
 * answer them and show them to readers.
 */
export class EventStore implements ServedStore {
  readonly reader: EventReader;
  readonly heads: Heads;
  readonly tail: Tail;
  /** The position of the last durable event. Readers look no further. */
  lastPosition: number;
  private readonly database: DatabaseSync;
  private readonly hooks: StoreHooks;
  private readonly writer: Writer;
  private readonly removed: RemovedPositions;
  private queue: Item[] = [];
  private unpublished: Unpublished[] = [];
  private scheduled = false;
  private syncing = false;
  private draining = false;
  private closed = false;
  private nowMs = 0;
  private readonly waiting = new Set<() => void>();

  constructor(database: DatabaseSync, hooks: StoreHooks) {
    this.database = database;
    this.hooks = hooks;
    this.reader = new EventReader(database);
    this.heads = new Heads(this.reader);
    this.writer = new Writer(database, this.reader, this.heads);
    this.removed = new RemovedPositions(database);
    this.lastPosition = this.reader.lastPosition();
    this.tail = new Tail(this.lastPosition);
  }

  canReadFrom(position: number): boolean {
    if (position <= 0 || position > this.lastPosition) return true;
    return this.reader.isAt(position) || this.removed.has(position);
  }

  write(command: WriteCommand, listener: WriteListener): void {
    if (this.draining) {
      listener.failed(new StoreClosed("The event store is shutting down."));
      return;
    }
    this.queue.push({ command, listener });
    this.schedule();
  }

  onNextEvents(callback: () => void): () => void {
    this.waiting.add(callback);
    return () => this.waiting.delete(callback);
  }

  /** Resolves when everything committed so far is durable. */
  private settled(): Promise<void> | undefined {
    if (!this.syncing && this.unpublished.length === 0) return undefined;
    return new Promise((answer) => this.unpublished.push({ written: [], answer }));
  }

  /** Refuses new writes; resolves when accepted writes are committed and answered. */
  async drain(): Promise<void> {
    this.draining = true;
    while (this.queue.length > 0) this.commit();
    await this.settled();
  }

  /** Commits and answers accepted writes, then closes the file. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.drain();
    try {
      this.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      // The log is as durable as the file; the next start copies its content.
      if (!isFullDisk(error)) throw error;
    }
    this.database.close();
    this.hooks.closed();
  }

  /** Waits until available input has been read, so that one commit serves all writes that came together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.queue.length > 0) this.commit();
      if (this.queue.length > 0) this.schedule();
    });
  }

  private commit(batch = this.takeBatch()): void {
    let outcomes: WriteOutcome[];
    try {
      // If the clock is set back, later events must not look older.
      this.nowMs = Math.max(this.nowMs, Date.now());
      this.database.exec("BEGIN IMMEDIATE");
      outcomes = batch.map(({ command }) => this.writer.apply(command, this.nowMs));
      this.database.exec("COMMIT");
    } catch (error) {
      this.abandon(batch, error);
      return;
    }
    const results = batch.map(({ listener }, index) => ({ listener, outcome: outcomes[index] as WriteOutcome }));
    const waiting = this.hooks.replicate === undefined ? results : answerRefusals(results);
    const answer = (): void => {
      for (const { listener, outcome } of waiting) listener.done(outcome);
    };
    this.unpublished.push({ written: this.writer.takeWritten(), answer });
    this.sync();
  }

  private takeBatch(): Item[] {
    let bytes = 0;
    let count = 0;
    for (const { command } of this.queue) {
      if (count === COMMIT_COMMANDS || (bytes > COMMIT_BYTES && count > 0)) break;
      if (command.kind === "append") for (const event of command.events) bytes += event.data.length;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  /** Nothing of the batch was stored. One command may be the cause, so each gets its own transaction. */
  private abandon(batch: Item[], error: unknown): void {
    const full = isFullDisk(error);
    if (isIoError(error) && !full) {
      this.hooks.fatal(error);
      return;
    }
    if (this.database.isTransaction) this.database.exec("ROLLBACK");
    this.writer.reset();
    if (batch.length > 1) for (const item of batch) this.commit([item]);
    else batch[0]?.listener.failed(full ? new DiskFull(error) : error);
  }

  private sync(): void {
    if (this.syncing || this.unpublished.length === 0) return;
    const batch = this.unpublished;
    this.unpublished = [];
    this.syncing = true;
    this.hooks.sync(this.queue.length === 0 && batch.length === 1 && batch[0]?.written.length === 1, (error) => {
      this.syncing = false;
      if (error !== null) {
        this.hooks.fatal(error);
        return;
      }
      const { replicate } = this.hooks;
      if (replicate === undefined) this.publish(batch);
      else replicate(() => this.publish(batch));
      this.sync();
    });
  }

  private publish(batch: Unpublished[]): void {
    const before = this.lastPosition;
    for (const { written } of batch) {
      for (const event of written) this.tail.push(event);
      this.lastPosition = written.at(-1)?.position ?? this.lastPosition;
    }
    if (this.lastPosition > before) this.hooks.durable(this.lastPosition);
    for (const { answer } of batch) answer();
    if (this.lastPosition > before) this.wake();
  }

  private wake(): void {
    const callbacks = [...this.waiting];
    this.waiting.clear();
    for (const callback of callbacks) callback();
  }
}

interface Result {
  listener: WriteListener;
  outcome: WriteOutcome;
}

/** A leader of several nodes refuses appends because of events in flight, which nobody can read yet. Returns the results to answer later. */
function answerRefusals(results: Result[]): Result[] {
  for (const { listener, outcome } of results) if (outcome.kind !== "success") listener.done(outcome);
  return results.filter(({ outcome }) => outcome.kind === "success");
}

/** SQLITE_IOERR in any of its kinds. */
const isIoError = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === 10;
