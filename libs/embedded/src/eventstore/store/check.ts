import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { DATABASE_FILE, pragma, UnusableStore } from "./database.ts";
import { EventReader } from "./reader.ts";
import { partsIn } from "./record.ts";

/** Files up to this size get SQLite's own check of every page. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;

/**
 * Refuses a torn or damaged file, in limited time. Checks the newest events first, because a crash could have damaged them, and as
 * many older ones as time allows. All others are checked when they are read.
 */
export function checkDatabase(folder: string, database: DatabaseSync, budgetMs: number): void {
  const file = join(folder, DATABASE_FILE);
  const refuse = (what: string, cause?: unknown): never => {
    throw new UnusableStore(`${file} is damaged: ${what}. Restore it from a backup.`, { cause });
  };
  try {
    // First copies the write-ahead log into the file, so that the file alone must be complete.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const size = statSync(file).size;
    const expected = pragma(database, "page_count") * pragma(database, "page_size");
    if (size < expected) refuse(`it has ${size} bytes of ${expected}`);
    if (size <= QUICK_CHECK_BYTES) {
      const result = database.prepare("PRAGMA quick_check(1)").get();
      if (result?.quick_check !== "ok") refuse(String(result?.quick_check));
    }
    checkEvents(new EventReader(database), budgetMs);
  } catch (error) {
    if (error instanceof UnusableStore) throw error;
    refuse(error instanceof Error ? error.message : String(error), error);
  }
}

/** Checks events from the newest to the oldest until time is up. */
export function checkEvents(reader: EventReader, budgetMs: number): void {
  const end = performance.now() + budgetMs;
  let position = Number.MAX_SAFE_INTEGER;
  while (performance.now() < end) {
    const page = reader.before(position, Number.MAX_SAFE_INTEGER);
    for (const event of page) {
      const parts = partsIn(event.frame);
      if (parts.position !== event.position || parts.revision !== event.revision) {
        throw new Error(`the event at position ${event.position} is not the one that was stored there`);
      }
      if (event.position >= position) throw new Error("positions are out of order");
      position = event.position;
    }
    if (page.length === 0) return;
  }
}
