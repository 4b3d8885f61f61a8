import { statfsSync } from "node:fs";
import { dirname } from "node:path";

const MIB = 1024 ** 2;
/** Enough for a season's registrations. With less, NATS soon fails in ways that a restart does not fix. */
const NEEDED = 256 * MIB;

/** Throws an error in one plain sentence when the folder's disk is almost full. The folder may not exist yet. */
export const assertRoom = (folder: string, free: (folder: string) => number = freeBytes): void => {
  const bytes = free(folder);
  if (bytes >= NEEDED) return;
  throw new Error(
    `Only ${Math.floor(bytes / MIB)} MB are free for ${folder}, and Touchline needs ${NEEDED / MIB} MB to start. ` +
      "Make room, or set DATA_DIR to a folder on another disk.",
  );
};

const freeBytes = (folder: string): number => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return freeBytes(dirname(folder));
  }
};
