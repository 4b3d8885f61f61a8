import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { asCommand } from "./as-command.ts";
import { checkEvents } from "./store/check.ts";
import { assertEventStore, DATABASE_FILE, LOG_FILE, lockFolder, UnusableStore } from "./store/database.ts";
import { MARK_FILE, Mark } from "./store/mark.ts";
import { clockPosition } from "./store/positions.ts";
import { EventReader } from "./store/reader.ts";

const USAGE = `Usage: backup.ts --data DIR --to FILE
       backup.ts --data DIR --restore FILE [--replace]

  --to FILE       writes a consistent copy of the events in DIR, even while an event store is serving them
  --restore FILE  restores a copy to DIR, which no event store may be using
  --replace       moves existing events in DIR aside; without it, a restore over them is refused`;

/** Makes the target's folder if need be. One read transaction sees one state of the file, and does not block appends. */
export function backup(folder: string, target: string): void {
  const source = join(folder, DATABASE_FILE);
  if (!existsSync(source)) throw new UnusableStore(`There are no events in ${folder}.`);
  if (existsSync(target)) throw new UnusableStore(`${target} already exists.`);
  const partial = `${target}.partial`;
  copying(folder, target, () => {
    mkdirSync(dirname(resolve(target)), { recursive: true });
    try {
      copyTo(partial, source);
      verify(partial);
      sync(partial);
      renameSync(partial, target);
      sync(dirname(resolve(target)));
    } finally {
      rmSync(partial, { force: true });
    }
  });
}

export function restore(source: string, folder: string, replace: boolean): void {
  if (!existsSync(source)) throw new UnusableStore(`${source} does not exist.`);
  const lock = lockFolder(folder);
  const partial = join(folder, `${DATABASE_FILE}.partial`);
  try {
    copying(source, folder, () => {
      const lastPosition = verify(source);
      if (existsSync(join(folder, DATABASE_FILE)) && !replace) {
        throw new UnusableStore(`${folder} already holds events. Use --replace to move them aside.`);
      }
      // Events appended after the copy was taken have positions up to the clock's; new events must come after them.
      if (clockPosition(Date.now()) <= lastPosition) {
        throw new UnusableStore("The clock is behind the newest event of the copy. Set the clock, then restore.");
      }
      copyTo(partial, source);
      raiseFloor(partial, acknowledgedIn(folder));
      sync(partial);
      // Only now, because everything before may fail.
      replaceBy(partial, folder);
    });
  } finally {
    rmSync(partial, { force: true });
    lock.close();
  }
}

/** What stops a copy, such as a full disk or a folder that is not ours, is for people to fix. */
function copying(from: string, to: string, copy: () => void): void {
  try {
    copy();
  } catch (error) {
    // SQLite's errors and the file system's have a code.
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UnusableStore(`${from} could not be copied to ${to}: ${error.message}.`, { cause: error });
  }
}

function copyTo(partial: string, source: string): void {
  rmSync(partial, { force: true });
  const database = new DatabaseSync(source);
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    database.prepare("VACUUM INTO ?").run(partial);
  } finally {
    database.close();
  }
}

/** The mark moves last: if the process dies before, the next start finds that acknowledged events are missing, and refuses. */
function replaceBy(partial: string, folder: string): void {
  const aside = join(folder, `replaced-${new Date().toISOString().replaceAll(":", "-")}`);
  moveAside(folder, aside, [DATABASE_FILE, LOG_FILE, `${DATABASE_FILE}-shm`]);
  renameSync(partial, join(folder, DATABASE_FILE));
  sync(folder);
  moveAside(folder, aside, [MARK_FILE]);
  sync(folder);
}

/** Reads every event and returns the last position. */
function verify(file: string): number {
  const database = new DatabaseSync(file);
  try {
    assertEventStore(database, file);
    const reader = new EventReader(database);
    checkEvents(reader, Number.POSITIVE_INFINITY);
    return reader.lastPosition();
  } catch (error) {
    if (error instanceof UnusableStore) throw error;
    throw new UnusableStore(`${file} is not a complete copy.`, { cause: error });
  } finally {
    database.close();
  }
}

function acknowledgedIn(folder: string): number {
  if (!existsSync(join(folder, MARK_FILE))) return -1;
  const mark = new Mark(folder);
  const position = mark.read() ?? -1;
  mark.close();
  return position;
}

function raiseFloor(file: string, position: number): void {
  const database = new DatabaseSync(file);
  database.prepare("INSERT INTO floor VALUES (?)").run(position);
  database.close();
}

function moveAside(folder: string, aside: string, names: readonly string[]): void {
  const existing = names.filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0) mkdirSync(aside, { recursive: true });
  for (const name of existing) renameSync(join(folder, name), join(aside, name));
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  fsyncSync(handle);
  closeSync(handle);
}

function main(argv: string[]): void {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: "string" },
      to: { type: "string" },
      restore: { type: "string" },
      replace: { type: "boolean", default: false },
    },
  });
  const { data, to, restore: from, replace } = values;
  if (data === undefined || (to === undefined) === (from === undefined)) throw new Error(USAGE);
  if (to !== undefined) backup(data, to);
  if (from !== undefined) restore(from, data, replace);
  process.stdout.write(
    `${JSON.stringify({ msg: to === undefined ? "restored" : "backed up", data, file: to ?? from })}\n`,
  );
}

asCommand(import.meta.filename, main);
