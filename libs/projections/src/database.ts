import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Projection } from "./projection.ts";

const CHECKPOINT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    position INTEGER NOT NULL
  ) STRICT`;

/** Deletes a projection's file with what SQLite keeps beside it. */
export const removeDatabase = (path: string): void => {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
};

/** Opens a projection's file, new when there is none, or when it was written by another version of the projection. */
export const openDatabase = (path: string, projection: Projection): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true });
  const db = open(path);
  const [row] = tables(db) ? db.prepare("SELECT version FROM checkpoint").all() : [];
  if (row?.version === projection.version) return db;
  db.close();
  removeDatabase(path);
  const fresh = open(path);
  fresh.exec(`BEGIN; ${CHECKPOINT_SCHEMA}; ${projection.schema};`);
  fresh.prepare("INSERT INTO checkpoint VALUES (1, ?, -1)").run(projection.version);
  fresh.exec("COMMIT");
  return fresh;
};

const open = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  // NORMAL: a power cut may lose the last commits, checkpoint and rows together; they are read again from the events.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
  return db;
};

const tables = (db: DatabaseSync): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoint'").get() !== undefined;
