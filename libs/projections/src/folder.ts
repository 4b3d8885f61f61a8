import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import { watchErasedBytes } from "./erased-bytes.ts";
import type { Fold, Projection } from "./projection.ts";

export interface FolderOptions {
  readonly changed?: ((key: string) => void) | undefined;
  /** The file is thrown away when an event cannot be folded: no need to be able to take half of it back. */
  readonly disposable?: boolean;
}

/** Folds events into a file, many to a transaction; the checkpoint is committed with the rows. */
export interface Folder {
  /** `$all` position of the last folded event; -1 before the first. */
  readonly position: () => bigint;
  /** Events that are folded and not committed. */
  readonly pending: () => number;
  /** Throws what the projection throws; rows are then as they were before this event. */
  readonly fold: (event: StoredEvent) => void;
  readonly commit: () => void;
  /** Reads the checkpoint again, after the file's content was replaced. */
  readonly reload: () => void;
}

export const createFolder = (db: DatabaseSync, projection: Projection, options: FolderOptions = {}): Folder => {
  const apply = projection.prepare(db, options.changed);
  const foldOne = options.disposable ? apply : takingBack(db, apply);
  const save = db.prepare("UPDATE checkpoint SET position = ?");
  const stored = db.prepare("SELECT position FROM checkpoint");
  stored.setReadBigInts(true);
  const erasedBytes = watchErasedBytes(db);
  let position = stored.get()?.position as bigint;
  let pending = 0;
  return {
    position: () => position,
    pending: () => pending,
    fold: (event) => {
      if (pending === 0) db.exec("BEGIN");
      pending++;
      foldOne(event);
      erasedBytes.note(event);
      position = event.position;
    },
    commit: () => {
      if (pending === 0) return;
      apply.flush?.();
      save.run(position);
      db.exec("COMMIT");
      erasedBytes.clear();
      pending = 0;
    },
    reload: () => {
      position = stored.get()?.position as bigint;
    },
  };
};

/** Rows are as they were before an event that could not be folded. */
const takingBack = (db: DatabaseSync, apply: Fold) => {
  // Prepared, because they run once an event.
  const mark = db.prepare("SAVEPOINT event");
  const release = db.prepare("RELEASE event");
  return (event: StoredEvent): void => {
    mark.run();
    try {
      apply(event);
      apply.flush?.();
    } catch (error) {
      apply.forget?.();
      db.exec("ROLLBACK TO event; RELEASE event");
      throw error;
    }
    release.run();
  };
};
