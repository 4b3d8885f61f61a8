import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createCheckpointTables } from "./checkpoint.ts";
import { isDamage, onFile } from "./file-trouble.ts";
import type { Projection } from "./projection.ts";
import { closeFile, ViewFile } from "./view-file.ts";

/** Deletes a projection's file and the files that SQLite keeps beside it. */
export const removeDatabase = (path: string): void => {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
};

/** Where a finished rebuild waits until the service that serves `path` takes it over. */
export const nextPath = (path: string): string => `${path.replace(/\.sqlite$/, "")}.next.sqlite`;

/** Puts a finished rebuild in the file's place, before any process opens it. */
export const takeOverBeforeOpening = (path: string): void => {
  const next = nextPath(path);
  if (!existsSync(next)) return;
  if (existsSync(`${next}-wal`) && !completes(next)) return;
  removeDatabase(path);
  renameSync(next, path);
  removeDatabase(next);
};

/** Puts into the file what a killed takeover left beside it. Deletes a damaged file, and returns whether it was whole. */
const completes = (path: string): boolean => {
  const file = new ViewFile(path);
  try {
    file.open();
    file.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    file.close();
    return true;
  } catch (error) {
    closeFile(file);
    if (!isDamage(error)) throw error;
    removeDatabase(path);
    return false;
  }
};

/**
 * Opens a projection's file. Creates a new one if there is none, if another version of the projection wrote it, or if it is
 * damaged; `onDamaged` is called first in that case.
 *
 * @throws Fault while the file cannot be opened, or a new one cannot be created
 */
export const openFile = (file: ViewFile, projection: Projection, onDamaged: (error: unknown) => void): void => {
  try {
    onFile(file.path, () => {
      mkdirSync(dirname(file.path), { recursive: true });
      if (!usable(file, projection, onDamaged)) recreateFile(file, projection);
    });
  } catch (error) {
    closeFile(file);
    throw error;
  }
};

/** Replaces the file with a new, empty one. @throws Fault */
export const recreateFile = (file: ViewFile, projection: Projection): void => {
  closeFile(file);
  onFile(file.path, () => removeDatabase(file.path));
  create(file, projection);
};

/** Like `openFile`, for a file that nobody is using. */
export const openDatabase = (path: string, projection: Projection): ViewFile => {
  const file = new ViewFile(path);
  openFile(file, projection, () => {});
  return file;
};

/** Opens a finished rebuild. If there is none, or it is damaged or of another version, deletes it and returns undefined. */
export const openNext = (path: string, projection: Projection): ViewFile | undefined => {
  const next = nextPath(path);
  if (!existsSync(next)) return undefined;
  const file = new ViewFile(next);
  if (usable(file, projection, () => {})) return file;
  closeFile(file);
  removeDatabase(next);
  return undefined;
};

/** A new file, or `:memory:`, with the projection's tables and a checkpoint before the first event. */
export const createDatabase = (path: string, projection: Projection, pragmas?: string): ViewFile => {
  const file = new ViewFile(path);
  create(file, projection, pragmas);
  return file;
};

const create = (file: ViewFile, projection: Projection, pragmas?: string): void => {
  open(file);
  if (pragmas) file.exec(pragmas);
  file.exec("BEGIN");
  createCheckpointTables(file);
  file.exec(projection.schema);
  file.prepare("INSERT INTO checkpoint VALUES (1, ?, -1)").run(projection.version);
  file.exec("COMMIT");
};

/** Whether the file opens, is undamaged, and is of this version. */
const usable = (file: ViewFile, projection: Projection, onDamaged: (error: unknown) => void): boolean => {
  try {
    open(file);
    if (versionOf(file) !== projection.version) return false;
    assertWhole(file);
    createCheckpointTables(file);
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    onDamaged(error);
    return false;
  }
};

/** Files up to this size get SQLite's own check of every page, which takes some hundred milliseconds. In larger files, damage shows when it is read. */
const CHECKED_BYTES = 64 * 1024 * 1024;
const SQLITE_CORRUPT = 11;

const assertWhole = (file: ViewFile): void => {
  if (statSync(file.path).size > CHECKED_BYTES) return;
  const found = file.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw Object.assign(new Error(String(found)), { errcode: SQLITE_CORRUPT });
};

const open = (file: ViewFile): void => {
  onFile(file.path, () => file.open());
  // NORMAL: a power cut may lose the last commits, checkpoint and rows together; they are rebuilt from the events. Waiting for
  // another process blocks this one, so the wait is short and the runner tries again.
  file.exec("PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  // Deleted rows are overwritten, so that an erasure leaves no byte in the file.
  file.exec("PRAGMA secure_delete = ON");
  file.noteInode();
};

const versionOf = (file: ViewFile): number | undefined => {
  const exists = file.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoint'").get() !== undefined;
  return exists ? (file.prepare("SELECT version FROM checkpoint").get()?.version as number | undefined) : undefined;
};
