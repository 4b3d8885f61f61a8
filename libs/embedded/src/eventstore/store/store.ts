import type { DatabaseSync } from "node:sqlite";
import { Heads } from "./heads.ts";
import { EventReader } from "./reader.ts";
import { Tail } from "./tail.ts";
import { type WriteCommand, type WriteOutcome, Writer } from "./writer.ts";

export interface WriteListener {
  done(outcome: WriteOutcome): void;
  failed(error: unknown): void;
}

export interface StoreHooks {
  /** After each commit, with the position of its last event. */
  committed(position: number): void;
  /** The disk failed. What is stored is unknown until the file is opened anew, so the process must end. */
  fatal(error: unknown): void;
}

/** A commit takes what came since the last one, but not so much that readers wait for long. */
const COMMIT_COMMANDS = 512;
const COMMIT_BYTES = 4 * 1024 * 1024;

/** The store is going down: nothing is accepted any more. */
export class StoreClosed extends Error {
  override name = "StoreClosed";
}

/**
 * One thread owns the file, so commands are decided and committed in the order in which they came. Whatever arrives while
 * the thread is busy goes into one commit, and into one fsync.
 */
export class EventStore {
  readonly reader: EventReader;
  readonly heads: Heads;
  tail: Tail;
  private readonly database: DatabaseSync;
  private readonly writer: Writer;
  private queue: { command: WriteCommand; listener: WriteListener }[] = [];
  private scheduled = false;
  private closed = false;
  private readonly waiting = new Set<() => void>();
  private readonly hooks: StoreHooks;
  lastPosition: number;

  constructor(database: DatabaseSync, hooks: StoreHooks) {
    this.database = database;
    this.hooks = hooks;
    this.reader = new EventReader(database);
    this.heads = new Heads(this.reader);
    this.writer = new Writer(database, this.reader, this.heads);
    this.lastPosition = this.reader.lastPosition();
    this.tail = new Tail(this.lastPosition);
  }

  write(command: WriteCommand, listener: WriteListener): void {
    if (this.closed) {
      listener.failed(new StoreClosed("The event store is shutting down."));
      return;
    }
    this.queue.push({ command, listener });
    this.schedule();
  }

  /** Calls back once after the next commit; the returned function takes it back. */
  onNextCommit(callback: () => void): () => void {
    this.waiting.add(callback);
    return () => this.waiting.delete(callback);
  }

  /** Commits what was accepted, then closes the file. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    while (this.queue.length > 0) this.commit();
    this.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.database.close();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.queue.length > 0 && !this.closed) this.commit();
      if (this.queue.length > 0 && !this.closed) this.schedule();
    });
  }

  private commit(batch = this.takeBatch()): void {
    let outcomes: WriteOutcome[];
    try {
      const nowMs = Date.now();
      this.database.exec("BEGIN IMMEDIATE");
      outcomes = batch.map(({ command }) => this.writer.apply(command, nowMs));
      this.database.exec("COMMIT");
    } catch (error) {
      this.abandon(batch, error);
      return;
    }
    const { written } = this.writer;
    this.writer.written = [];
    for (const event of written) this.tail.push(event);
    const last = written.at(-1);
    if (last !== undefined) {
      this.lastPosition = last.position;
      this.hooks.committed(last.position);
    }
    for (const [index, { listener }] of batch.entries()) listener.done(outcomes[index] as WriteOutcome);
    if (last !== undefined) this.wake();
  }

  private takeBatch(): typeof this.queue {
    let bytes = 0;
    let count = 0;
    for (const { command } of this.queue) {
      if (count === COMMIT_COMMANDS || (bytes > COMMIT_BYTES && count > 0)) break;
      if (command.kind === "append") for (const event of command.events) bytes += event.data.length;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  /** Nothing of the batch was stored. One command may be to blame, so each gets a transaction of its own. */
  private abandon(batch: typeof this.queue, error: unknown): void {
    if (isIoError(error)) {
      this.hooks.fatal(error);
      return;
    }
    if (this.database.isTransaction) this.database.exec("ROLLBACK");
    this.writer.reset();
    if (batch.length > 1) for (const item of batch) this.commit([item]);
    else batch[0]?.listener.failed(error);
  }

  private wake(): void {
    const callbacks = [...this.waiting];
    this.waiting.clear();
    for (const callback of callbacks) callback();
  }
}

/** SQLITE_IOERR in any of its kinds. A full disk is another error, and can be lived with. */
const isIoError = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === 10;
