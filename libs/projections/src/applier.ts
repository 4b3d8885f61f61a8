import type { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import type { Place, StoredEvent } from "@touchline/event-store";
import { openCheckpoint } from "./checkpoint.ts";
import { watchErasedBytes } from "./erased-bytes.ts";
import { isFileFault } from "./file-trouble.ts";
import type { Fold, Projection } from "./projection.ts";

export interface ApplierOptions {
  readonly changed?: ((key: string) => void) | undefined;
  /** Whether the file is thrown away when an event cannot be applied. Then half an event need not be undone. */
  readonly disposable?: boolean;
}

/** Applies events to a file, many to a transaction; the checkpoint is committed with the rows. */
export interface Applier {
  /** `$all` position of the last applied event; -1 before the first. */
  readonly position: () => bigint;
  /** The number of events applied but not committed. */
  readonly pending: () => number;
  /**
   * Throws what the projection throws: the rows are then as they were before this event. Or throws a `Fault` about the file: then
   * everything since the last commit is undone.
   */
  readonly apply: (event: StoredEvent) => void;
  /** @throws SecondWriter, or a `Fault` about the file; everything since the last commit is then undone */
  readonly commit: () => void;
  /** Undoes everything since the last commit. */
  readonly abandon: () => void;
  /** The committed events that are remembered, newest first. */
  readonly remembered: () => readonly Place[];
  /** Reads the checkpoint again, after the file's content was replaced. */
  readonly reload: () => void;
}

export const createApplier = (db: DatabaseSync, projection: Projection, options: ApplierOptions = {}): Applier => {
  const fold = projection.prepare(db, options.changed);
  const applyOne = options.disposable ? fold : undoing(db, fold);
  const checkpoint = openCheckpoint(db);
  const erasedBytes = watchErasedBytes(db);
  let last: Place | undefined;
  let pending = 0;

  /** If SQLite has ended the transaction, or the file is unusable, there is nothing to undo. */
  const abandon = () => {
    fold.forget?.();
    last = undefined;
    pending = 0;
    ignoringFile(() => db.isOpen && db.isTransaction && db.exec("ROLLBACK"));
  };

  /** Any failed write on this connection may end the transaction, which undoes what came before it in the batch. */
  const assertUnbroken = () => {
    if (pending > 0 && !db.isTransaction)
      throw new Fault("view_unavailable", { detail: "SQLite rolled back a batch." });
  };

  return {
    position: () => last?.position ?? checkpoint.position(),
    pending: () => pending,
    abandon,
    apply: (event) => {
      try {
        // IMMEDIATE makes two writers wait for each other, so that neither works on rows that the other is changing.
        assertUnbroken();
        if (pending === 0) db.exec("BEGIN IMMEDIATE");
        pending++;
        applyOne(event);
      } catch (error) {
        if (isFileFault(error)) abandon();
        throw error;
      }
      erasedBytes.note(event);
      last = event;
    },
    commit: () => {
      if (pending === 0) return;
      const before = checkpoint.position();
      try {
        assertUnbroken();
        fold.flush?.();
        if (last) checkpoint.advance(last);
        db.exec("COMMIT");
      } catch (error) {
        abandon();
        ignoringFile(() => checkpoint.reload(before));
        throw error;
      }
      last = undefined;
      pending = 0;
      erasedBytes.clear();
    },
    remembered: checkpoint.remembered,
    reload: () => checkpoint.reload(),
  };
};

const ignoringFile = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (!isFileFault(error)) throw error;
  }
};

/** Undoes the changes of an event that could not be applied. */
const undoing = (db: DatabaseSync, fold: Fold) => {
  // Prepared, because they run for every event.
  const mark = db.prepare("SAVEPOINT event");
  const release = db.prepare("RELEASE event");
  return (event: StoredEvent): void => {
    mark.run();
    try {
      fold(event);
      fold.flush?.();
    } catch (error) {
      // SQLite may have ended the transaction, so all of it is undone.
      if (isFileFault(error)) throw error;
      fold.forget?.();
      db.exec("ROLLBACK TO event; RELEASE event");
      throw error;
    }
    release.run();
  };
};
