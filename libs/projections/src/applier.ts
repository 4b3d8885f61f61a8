import type { DatabaseSync } from "node:sqlite";
import type { Place, StoredEvent } from "@touchline/event-store";
import { openCheckpoint, SecondWriter } from "./checkpoint.ts";
import { watchErasedBytes } from "./erased-bytes.ts";
import type { Fold, Projection } from "./projection.ts";

export interface ApplierOptions {
  readonly changed?: ((key: string) => void) | undefined;
  /** The file is thrown away when an event cannot be applied: no need to be able to take half of it back. */
  readonly disposable?: boolean;
}

/** Applies events to a file, many to a transaction; the checkpoint is committed with the rows. */
export interface Applier {
  /** `$all` position of the last applied event; -1 before the first. */
  readonly position: () => bigint;
  /** Events that are applied and not committed. */
  readonly pending: () => number;
  /** Throws what the projection throws, or `SecondWriter`; rows are then as they were before this event. */
  readonly apply: (event: StoredEvent) => void;
  /** @throws SecondWriter, or what SQLite throws; then nothing since the last commit has happened */
  readonly commit: () => void;
  /** Some of the committed events, newest first. */
  readonly remembered: () => readonly Place[];
  /** Reads the checkpoint again, after the file's content was replaced. */
  readonly reload: () => void;
}

export const createApplier = (db: DatabaseSync, projection: Projection, options: ApplierOptions = {}): Applier => {
  const fold = projection.prepare(db, options.changed);
  const applyOne = options.disposable ? fold : takingBack(db, fold);
  const checkpoint = openCheckpoint(db);
  const erasedBytes = watchErasedBytes(db);
  let last: Place | undefined;
  let pending = 0;

  const rollBack = () => {
    fold.forget?.();
    db.exec("ROLLBACK");
    checkpoint.reload();
    last = undefined;
    pending = 0;
  };

  return {
    position: () => last?.position ?? checkpoint.position(),
    pending: () => pending,
    apply: (event) => {
      if (pending === 0) begin(db);
      pending++;
      applyOne(event);
      erasedBytes.note(event);
      last = event;
    },
    commit: () => {
      if (pending === 0) return;
      try {
        fold.flush?.();
        if (last) checkpoint.advance(last);
        db.exec("COMMIT");
      } catch (error) {
        rollBack();
        throw error;
      }
      last = undefined;
      pending = 0;
      erasedBytes.clear();
    },
    remembered: checkpoint.remembered,
    reload: checkpoint.reload,
  };
};

/** IMMEDIATE: two writers then wait for each other, and neither works on rows that the other is changing. */
const begin = (db: DatabaseSync): void => {
  try {
    db.exec("BEGIN IMMEDIATE");
  } catch (error) {
    throw (error as { errcode?: number }).errcode === SQLITE_BUSY ? new SecondWriter(db) : error;
  }
};

const SQLITE_BUSY = 5;

/** Rows are as they were before an event that could not be applied. */
const takingBack = (db: DatabaseSync, fold: Fold) => {
  // Prepared, because they run once an event.
  const mark = db.prepare("SAVEPOINT event");
  const release = db.prepare("RELEASE event");
  return (event: StoredEvent): void => {
    mark.run();
    try {
      fold(event);
      fold.flush?.();
    } catch (error) {
      fold.forget?.();
      db.exec("ROLLBACK TO event; RELEASE event");
      throw error;
    }
    release.run();
  };
};
