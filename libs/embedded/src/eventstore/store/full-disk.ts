import { statfsSync } from "node:fs";

/** Nothing can be stored until there is room. Stored events are intact and can be read. */
export class DiskFull extends Error {
  override name = "DiskFull";

  constructor(cause: unknown) {
    super("The event store's disk is full: nothing is stored until there is room on it.", { cause });
  }
}

const FULL = 13;
/** SQLite could not enlarge, open or map the index of its log: SQLITE_IOERR_SHMSIZE, _SHMOPEN, _SHMMAP. */
const LOG_INDEX: readonly unknown[] = [4874, 4618, 5386];
const NODE_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT"];
/** With less room than this on the disk, other errors count as a full disk: a file could not be created or enlarged. */
const ROOM_BYTES = 64 * 1024;

/** Whether an error from SQLite, or from a file function, was caused by a full disk. */
export const isFullDisk = (error: unknown): boolean => {
  if (error instanceof DiskFull) return true;
  const { errcode, code } = Object(error) as { errcode?: unknown; code?: unknown };
  if (NODE_CODES.includes(code) || LOG_INDEX.includes(errcode)) return true;
  return typeof errcode === "number" && (errcode & 0xff) === FULL;
};

export const hasNoRoom = (folder: string): boolean => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < ROOM_BYTES;
  } catch {
    return false;
  }
};
