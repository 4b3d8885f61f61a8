import type { DatabaseSync, StatementSync } from "node:sqlite";

export const REMOVED_TABLE = "CREATE TABLE removed (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);";

/**
 * The positions of records that a scavenge removed, as ranges with no kept record in between. Readers may have stored such
 * positions, and a real server goes on accepting them.
 */
export class RemovedPositions {
  private readonly containing: StatementSync;
  private readonly insert: StatementSync;
  private readonly keptBetween: StatementSync;

  constructor(database: DatabaseSync) {
    this.containing = database.prepare("SELECT last FROM removed WHERE first <= ? ORDER BY first DESC LIMIT 1");
    this.insert = database.prepare("INSERT OR REPLACE INTO removed VALUES (?, ?)");
    this.keptBetween = database.prepare("SELECT 1 FROM events WHERE position > ? AND position < ? LIMIT 1");
  }

  has(position: number): boolean {
    return Number(this.containing.get(position)?.last ?? -1) >= position;
  }

  /** Call this once the records are gone. */
  add(positions: number[]): void {
    let first: number | undefined;
    let last = 0;
    for (const position of positions.sort((left, right) => left - right)) {
      if (first !== undefined && this.keptBetween.get(last, position) === undefined) {
        last = position;
        continue;
      }
      if (first !== undefined) this.insert.run(first, last);
      first = position;
      last = position;
    }
    if (first !== undefined) this.insert.run(first, last);
  }
}

/**
 * Files from earlier versions do not record what was removed. A file with gaps in its streams was scavenged, so any of its
 * positions may have been a record's.
 */
export function ensureRemovedTable(database: DatabaseSync): void {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'removed'").get();
  if (known !== undefined) return;
  database.exec(`BEGIN; ${REMOVED_TABLE}
    INSERT INTO removed SELECT 0, (SELECT max(position) FROM events)
      WHERE EXISTS (SELECT 1 FROM events GROUP BY stream HAVING min(revision) > 0); COMMIT`);
}
