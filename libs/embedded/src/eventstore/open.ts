import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { checkDatabase } from "./store/check.ts";
import { LOG_FILE, lockFolder, openDatabase, UnusableStore } from "./store/database.ts";
import { hasNoRoom, isFullDisk } from "./store/full-disk.ts";
import { LogSync } from "./store/log-sync.ts";
import { Mark } from "./store/mark.ts";
import { clockPosition } from "./store/positions.ts";
import { EventStore } from "./store/store.ts";

export interface OpenOptions {
  folder: string;
  /** Called when the disk fails while the store is running. */
  fatal: (error: unknown) => void;
  warn: (message: string) => void;
  /** See `StoreHooks`. */
  replicate?: (publish: () => void) => void;
}

const CHECK_BUDGET_MS = 700;

/** Opens a data folder for one process: locked, checked, and ready to serve. */
export async function openStore(options: OpenOptions): Promise<EventStore> {
  try {
    return await open(options);
  } catch (error) {
    const cause = error instanceof UnusableStore ? error.cause : error;
    // A file that cannot be created or written looks damaged.
    if (!isFullDisk(cause) && (cause === undefined || !hasNoRoom(options.folder))) throw error;
    throw new UnusableStore(
      `The disk of ${options.folder} is full. Make room on it, then start the event store again.`,
      {
        cause,
      },
    );
  }
}

async function open({ folder, fatal, warn, replicate }: OpenOptions): Promise<EventStore> {
  const lock = lockFolder(folder);
  const database = openDatabase(folder);
  syncFolder(folder);
  checkDatabase(folder, database, CHECK_BUDGET_MS);
  const mark = new Mark(folder);
  const log = new LogSync(join(folder, LOG_FILE));
  const store = new EventStore(database, {
    sync: (alone, callback) => log.sync(alone, callback),
    durable: (position) => mark.write(position),
    fatal,
    ...(replicate && { replicate }),
    closed: () => {
      log.close();
      mark.close();
      lock.close();
    },
  });
  checkMark(folder, mark, store.lastPosition);
  if (store.lastPosition > clockPosition(Date.now() + 60_000)) {
    warn("The clock is behind the newest event. Positions go on from that event. Set the clock.");
  }
  if (store.lastPosition < 0) await seed(store);
  return store;
}

function checkMark(folder: string, mark: Mark, lastPosition: number): void {
  const acknowledged = mark.read();
  if (acknowledged === undefined || acknowledged <= lastPosition) return;
  throw new UnusableStore(
    `Acknowledged events are missing in ${folder}: the last one was at position ${acknowledged}, but the file ends at ` +
      `${lastPosition}. Restore a backup, or delete the file "acknowledged" to go on without them.`,
  );
}

/** A file is only as durable as its entry in the folder. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}

/** On a real node, a new $all is not empty either, and clients should not rely on an empty one. */
const seed = (store: EventStore): Promise<void> =>
  new Promise((resolve, reject) => {
    const event = {
      id: crypto.randomUUID(),
      type: "$metadata",
      json: true,
      data: Buffer.from('{"$maxAge":86400}'),
      customMetadata: Buffer.alloc(0),
    };
    store.write(
      { kind: "append", stream: "$$$stats-127.0.0.1:2113", expected: -1, events: [event] },
      { done: () => resolve(), failed: reject },
    );
  });
