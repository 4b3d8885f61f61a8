import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes a data folder for this process alone; throws when another Touchline has it. The kernel gives the lock back when the
 * process ends, however it ends, so there is no stale one to clear away.
 */
export const takeDataDir = (dataDir: string): { release(): void } => {
  mkdirSync(dataDir, { recursive: true });
  const lock = new DatabaseSync(join(dataDir, "launcher.lock"));
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`Another Touchline runs on ${dataDir}. Stop it, or set DATA_DIR to another folder.`);
  }
  return { release: () => lock.close() };
};

const SQLITE_BUSY = 5;
