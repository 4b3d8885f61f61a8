import { Fault } from "@touchline/contracts";

/** By SQLite's primary result code. */
const reasons: Readonly<Record<number, string>> = {
  5: "another process holds it",
  6: "another process holds it",
  8: "it may not be written",
  10: "its disk fails",
  11: "it is damaged",
  13: "its disk is full",
  14: "it cannot be opened",
  26: "it is damaged",
};
const damage: readonly unknown[] = [11, 26];

/** By the code of what Node's own calls throw, for the file and its folder. */
const nodeReasons: Readonly<Record<string, string>> = {
  ENOSPC: "its disk is full",
  EDQUOT: "its disk is full",
  EACCES: "it may not be written",
  EPERM: "it may not be written",
  EROFS: "its disk may not be written",
  EIO: "its disk fails",
  // After a file could not be opened again, nothing of it is open.
  ERR_INVALID_STATE: "it is not open",
};

/** What went wrong with a view's file, as a fault; undefined when the file is not to blame. */
export const asFileFault = (error: unknown, path: string): Fault | undefined => {
  if (error instanceof Fault) return error;
  const reason = reasons[primaryCode(error) ?? -1] ?? nodeReasons[(error as NodeJS.ErrnoException).code ?? ""];
  return reason === undefined
    ? undefined
    : new Fault("view_unavailable", { cause: error, detail: `${path}: ${reason}.` });
};

/** Runs something on a view's file; what the file is to blame for is thrown as a fault. */
export const onFile = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw asFileFault(error, path) ?? error;
  }
};

export const isFileFault = (error: unknown): error is Fault =>
  error instanceof Fault && error.code === "view_unavailable";

/** Whether the file must be rebuilt: no waiting cures it. */
export const isDamage = (error: unknown): boolean =>
  damage.includes(primaryCode(isFileFault(error) ? error.cause : error));

const primaryCode = (error: unknown): number | undefined => {
  const { errcode } = Object(error) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
};
