import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ensureRemovedTable, REMOVED_TABLE } from "./removed.ts";

export const DATABASE_FILE = "events.db";
/** SQLite's name for the write-ahead log. */
export const LOG_FILE = `${DATABASE_FILE}-wal`;
const LOCK_FILE = "lock.db";

/** "EvSt"; distinguishes our files from all others. */
const APPLICATION_ID = 0x45765374;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE);
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    frame BLOB NOT NULL
  );
  CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
  CREATE TABLE floor (position INTEGER NOT NULL);
  ${REMOVED_TABLE}
`;

/** The data folder cannot be used; the message says why, for people. */
export class UnusableStore extends Error {
  override name = "UnusableStore";
}

/**
 * The lock is an open transaction on a separate file. The kernel frees it when the process ends, however that happens, and a backup
 * can still read the events.
 */
export function lockFolder(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, LOCK_FILE));
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw new UnusableStore(`The lock file in ${folder} cannot be used.`, { cause: error });
    throw new UnusableStore(
      `Another event store is using the data folder ${folder}. Stop it, or choose another folder.`,
    );
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && /locked|busy/i.test(error.message) && "errcode" in error;

export function openDatabase(folder: string): DatabaseSync {
  const file = join(folder, DATABASE_FILE);
  const database = new DatabaseSync(file);
  try {
    // NORMAL: SQLite waits for the disk only at checkpoints. The store syncs the log itself before it acknowledges a
    // commit, without blocking this thread. The cache is large enough to keep an index of 1,000,000 events fast.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;
      PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF`);
    ensureSchema(database, file);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof UnusableStore) throw error;
    throw new UnusableStore(`${file} is damaged and cannot be opened. Restore it from a backup.`, { cause: error });
  }
}

/** Throws unless the file is ours and in the format that this version reads. */
export function assertEventStore(database: DatabaseSync, file: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) throw new UnusableStore(`${file} is not an event store.`);
  const version = pragma(database, "user_version");
  if (version === SCHEMA_VERSION) return;
  throw new UnusableStore(`${file} has format ${version}, but this version reads format ${SCHEMA_VERSION}.`);
}

function ensureSchema(database: DatabaseSync, file: string): void {
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema").get();
  if (tables?.n !== 0) {
    assertEventStore(database, file);
    ensureRemovedTable(database);
    return;
  }
  database.exec(`BEGIN; ${SCHEMA}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

export function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name]);
}

/** New events get positions above this one, which a restore may have set. */
export function positionFloor(database: DatabaseSync): number {
  const row = database.prepare("SELECT max(position) AS position FROM floor").get();
  return Number(row?.position ?? -1);
}
