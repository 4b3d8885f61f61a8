import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makePrivate } from "./private-files.ts";

/**
 * Takes a data folder for this process alone; throws when another Touchline has it. The kernel gives the lock back when the
 * process ends, however it ends, so there is no stale one to clear away. Other users of the machine are kept out.
 */
export const takeDataDir = (dataDir: string): { release(): void } => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(dataDir, "launcher.lock"));
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`Another Touchline is using ${dataDir}. Stop it, or set DATA_DIR to another folder.`);
  }
  makePrivate(dataDir);
  return { release: () => lock.close() };
};

const SQLITE_BUSY = 5;
