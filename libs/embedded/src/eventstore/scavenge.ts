import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { asCommand } from "./as-command.ts";
import { checkDatabase } from "./store/check.ts";
import { DATABASE_FILE, lockFolder, openDatabase, UnusableStore } from "./store/database.ts";
import { Heads } from "./store/heads.ts";
import { EventReader } from "./store/reader.ts";
import { RemovedPositions } from "./store/removed.ts";
import { firstVisible } from "./store/visible.ts";

const USAGE = `Usage: scavenge.ts --data DIR

  --data DIR  the folder of the events, which no event store may be using`;

const CHECK_BUDGET_MS = 700;

export interface Scavenged {
  /** How many hidden events were removed. */
  readonly removed: number;
  readonly kept: number;
}

/**
 * Removes events hidden by truncation, `$maxAge`, `$maxCount` or a deletion, so that nothing of them is left in the file or its
 * log. Positions and revisions stay the same, with gaps. As on a real node, each stream keeps its last event, from which it
 * continues, and so does the log.
 */
export function scavenge(folder: string): Scavenged {
  if (!existsSync(join(folder, DATABASE_FILE))) throw new UnusableStore(`There are no events in ${folder}.`);
  const lock = lockFolder(folder);
  try {
    const database = openDatabase(folder);
    try {
      checkDatabase(folder, database, CHECK_BUDGET_MS);
      database.exec("PRAGMA secure_delete = ON; BEGIN IMMEDIATE");
      const removed = removeHidden(database, Date.now());
      database.exec("COMMIT");
      // Rewrites every page. The content of the old pages goes with them, and with the log.
      database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
      const row = database.prepare("SELECT count(*) AS kept FROM events").get();
      return { removed, kept: Number(row?.kept) };
    } finally {
      database.close();
    }
  } finally {
    lock.close();
  }
}

function removeHidden(database: DatabaseSync, nowMs: number): number {
  const reader = new EventReader(database);
  const heads = new Heads(reader);
  const lastPosition = reader.lastPosition();
  const remove = database.prepare(
    "DELETE FROM events WHERE stream = ? AND revision < ? AND position < ? RETURNING position",
  );
  const removed: number[] = [];
  const names = database.prepare("SELECT id, name FROM streams").all();
  for (const { id, name } of names) {
    const stream = Buffer.from(name as Uint8Array).toString();
    const hidden = hiddenBelow(reader, heads, stream, nowMs);
    if (hidden === 0) continue;
    for (const row of remove.iterate(id as number, hidden, lastPosition)) removed.push(Number(row.position));
  }
  new RemovedPositions(database).add(removed);
  return removed.length;
}

/** The first revision of a stream that is kept. */
function hiddenBelow(reader: EventReader, heads: Heads, stream: string, nowMs: number): number {
  const head = heads.of(stream);
  const { lastRevision } = head;
  if (lastRevision < 0) return 0;
  if (head.tombstoned || head.metadata.softDeleted) return lastRevision;
  return Math.min(firstVisible(reader, head, nowMs), lastRevision);
}

function main(argv: string[]): void {
  const { values } = parseArgs({ args: argv, options: { data: { type: "string" } } });
  if (values.data === undefined) throw new Error(USAGE);
  process.stdout.write(`${JSON.stringify({ msg: "scavenged", data: values.data, ...scavenge(values.data) })}\n`);
}

asCommand(import.meta.filename, main);
