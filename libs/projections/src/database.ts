import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createCheckpointTables } from "./checkpoint.ts";
import type { Projection } from "./projection.ts";

/** Deletes a projection's file with what SQLite keeps beside it. */
export const removeDatabase = (path: string): void => {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
};

/** Where a finished rebuild waits until the service that serves `path` takes it over. */
export const nextPath = (path: string): string => `${path.replace(/\.sqlite$/, "")}.next.sqlite`;

/**
 * Opens a projection's file, new when there is none, or when it was written by another version of the projection. A rebuild
 * that was finished while no process served the file is taken over first.
 */
export const openDatabase = (path: string, projection: Projection): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true });
  const next = nextPath(path);
  if (existsSync(next)) {
    removeDatabase(path);
    renameSync(next, path);
  }
  const db = openOfVersion(path, projection);
  if (db) return db;
  removeDatabase(path);
  return createDatabase(path, projection);
};

/** Opens a finished rebuild; undefined when there is none of this version, and then nothing is left of it. */
export const openNext = (path: string, projection: Projection): DatabaseSync | undefined => {
  const next = nextPath(path);
  if (!existsSync(next)) return undefined;
  const db = openOfVersion(next, projection);
  if (!db) removeDatabase(next);
  return db;
};

/** A new file, or `:memory:`, with the projection's tables and a checkpoint before the first event. */
export const createDatabase = (path: string, projection: Projection, pragmas?: string): DatabaseSync => {
  const db = open(path);
  if (pragmas) db.exec(pragmas);
  db.exec("BEGIN");
  createCheckpointTables(db);
  db.exec(projection.schema);
  db.prepare("INSERT INTO checkpoint VALUES (1, ?, -1)").run(projection.version);
  db.exec("COMMIT");
  return db;
};

const openOfVersion = (path: string, projection: Projection): DatabaseSync | undefined => {
  const db = open(path);
  if (versionOf(db) === projection.version) {
    createCheckpointTables(db);
    return db;
  }
  db.close();
  return undefined;
};

const open = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  // NORMAL: a power cut may lose the last commits, checkpoint and rows together; they are read again from the events.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
  // What is deleted is overwritten: after an erasure no byte of it is left in the file.
  db.exec("PRAGMA secure_delete = ON");
  return db;
};

const versionOf = (db: DatabaseSync): number | undefined => {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoint'").get() !== undefined;
  return exists ? (db.prepare("SELECT version FROM checkpoint").get()?.version as number | undefined) : undefined;
};
