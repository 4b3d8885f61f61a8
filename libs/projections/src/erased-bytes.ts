import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import { isFileFault } from "./file-trouble.ts";

const erasures: ReadonlySet<string> = new Set<StoredEvent["type"]>([
  "RegistrationErased",
  "SmsErased",
  "PaymentLinkErased",
]);

/** Makes sure that data which an erasure removed from the rows is not left in the files beside them. */
export interface ErasedBytes {
  readonly note: (event: Pick<StoredEvent, "type">) => void;
  /** To be called after each commit. */
  readonly clear: () => void;
}

export const watchErasedBytes = (db: DatabaseSync): ErasedBytes => {
  let waiting = false;
  return {
    note: ({ type }) => {
      waiting ||= erasures.has(type);
    },
    clear: () => {
      if (waiting) waiting = !emptyLog(db);
    },
  };
};

/**
 * The write-ahead file keeps old pages until it is truncated. Returns false, to try again later, while another process reads them
 * or the file cannot be used.
 */
const emptyLog = (db: DatabaseSync): boolean => {
  try {
    return truncateLog(db);
  } catch (error) {
    if (isFileFault(error)) return false;
    throw error;
  }
};

const truncateLog = (db: DatabaseSync): boolean => {
  const before = Number(db.prepare("PRAGMA busy_timeout").get()?.timeout ?? 0);
  // Waiting would block the whole process.
  db.exec("PRAGMA busy_timeout = 0");
  const busy = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy;
  db.exec(`PRAGMA busy_timeout = ${before}`);
  return busy === 0;
};
