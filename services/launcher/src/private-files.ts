import { chmodSync, existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const OTHERS = 0o077;
const STICKY = 0o1000;

/** Files that this process and its children create are readable only by their own user. */
export const createPrivately = (): void => void process.umask(OTHERS);

/**
 * Closes a folder and everything in it to other users of this machine: earlier versions left it readable. What
 * belongs to another user is left alone, and so is a folder that users share, such as `/tmp`.
 */
export const makePrivate = (folder: string): void => {
  if (existsSync(folder) && (lstatSync(folder).mode & STICKY) === 0) makePathPrivate(folder);
};

const makePathPrivate = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // A file may disappear meanwhile: SQLite removes its own.
  if (!found || found.isSymbolicLink() || found.uid !== process.getuid?.()) return;
  if ((found.mode & OTHERS) !== 0 && existsSync(path)) chmodSync(path, found.mode & 0o700);
  if (found.isDirectory()) for (const name of readdirSync(path)) makePathPrivate(join(path, name));
};
