import { lockFolder, openDatabase } from "./store/database.ts";
import { EventStore } from "./store/store.ts";

/** Opens a data folder for one process: locked, checked, and ready to serve. */
export function openStore(folder: string, fatal: (error: unknown) => void): EventStore {
  // Referenced by nothing else: the lock is held until the process ends.
  locks.push(lockFolder(folder));
  const database = openDatabase(folder);
  return new EventStore(database, { committed: () => {}, fatal });
}

const locks: unknown[] = [];
