import type { DatabaseSync } from "node:sqlite";
import type { Place } from "@touchline/event-store";

/** How far a file's rows have got. It is kept in the same file, so that it is committed with the rows. */
export interface Checkpoint {
  /** `$all` position of the last applied event; -1 before the first. */
  readonly position: () => bigint;
  /**
   * Moves the checkpoint on, inside the transaction that writes the rows.
   *
   * @throws SecondWriter when the file is no longer where this process left it
   */
  readonly advance: (to: Place) => void;
  /** Reads the position again after the file's content was replaced. Uses `committed` if the file cannot be read. */
  readonly reload: (committed?: bigint) => void;
  /** The last applied event and a few earlier ones, at growing distances; newest first. */
  readonly remembered: () => readonly Place[];
}

/** Another process has moved the checkpoint. If both wrote rows, events would count twice. */
export class SecondWriter extends Error {
  override readonly name = "SecondWriter";

  constructor(db: DatabaseSync) {
    super(
      `Another process writes to ${db.location() ?? "this file"}, so this one has stopped. Stop one of the two or give it its own DATA_DIR, then restart.`,
    );
  }
}

/**
 * `checkpoint` has the shape that all earlier versions wrote, so that each version can open the other's files. The remembered
 * events are in a separate table: level 0 is the last event; at every 4^k-th commit, level k takes over what level k - 1 had.
 */
const CHECKPOINT_TABLES = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    position INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoint_events (
    level INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL
  ) STRICT`;

export const checkpointTables: ReadonlySet<string> = new Set(["checkpoint", "checkpoint_events"]);

const LEVEL_MAX = 8;

/** Creates the tables in a new file, or those that a file from an earlier version lacks. */
export const createCheckpointTables = (db: DatabaseSync): void => db.exec(CHECKPOINT_TABLES);

export const openCheckpoint = (db: DatabaseSync): Checkpoint => {
  const stored = db.prepare("SELECT position FROM checkpoint");
  const compareAndSet = db.prepare("UPDATE checkpoint SET position = ? WHERE position = ?");
  const remember = db.prepare("INSERT OR REPLACE INTO checkpoint_events VALUES (0, ?, ?)");
  const age = db.prepare(
    "INSERT OR REPLACE INTO checkpoint_events SELECT ?, position, event_id FROM checkpoint_events WHERE level = ?",
  );
  // An earlier version may have moved the position without remembering the event.
  const events = db.prepare(
    "SELECT position, event_id AS id FROM checkpoint_events WHERE position <= ? ORDER BY position DESC",
  );
  stored.setReadBigInts(true);
  events.setReadBigInts(true);
  const read = () => stored.get()?.position as bigint;
  let position = db.isOpen ? read() : -1n;
  let commits = 0;
  return {
    position: () => position,
    advance: (to) => {
      if (compareAndSet.run(to.position, position).changes !== 1) throw new SecondWriter(db);
      commits++;
      for (let level = LEVEL_MAX; level > 0; level--) if (commits % 4 ** level === 0) age.run(level, level - 1);
      remember.run(to.position, to.id);
      position = to.position;
    },
    reload: (committed = position) => {
      position = committed;
      position = read();
    },
    remembered: () => events.all(position).map((row) => ({ position: row.position as bigint, id: String(row.id) })),
  };
};

/** The position of the last event that a view's file has taken; -1 before the first. */
export const positionIn = (db: DatabaseSync): bigint => {
  const stored = db.prepare("SELECT position FROM checkpoint");
  stored.setReadBigInts(true);
  return (stored.get()?.position as bigint | undefined) ?? -1n;
};
