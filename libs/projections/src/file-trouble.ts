import { Fault } from "@touchline/contracts";

/** Reasons by SQLite's primary result code. */
const reasons: Readonly<Record<number, string>> = {
  5: "another process has it locked",
  6: "another process has it locked",
  8: "writing it is not permitted",
  10: "its disk has an error",
  11: "it is damaged",
  13: "its disk is full",
  14: "it cannot be opened",
  26: "it is damaged",
};
const damage: readonly unknown[] = [11, 26];

/** The fault of a file that somebody deleted, or replaced, while it was open. */
export const notInPlace = (path: string): Fault =>
  new Fault("view_unavailable", { cause: { errcode: 11 }, detail: `${path}: it was deleted or replaced.` });

/** Reasons by the code of errors from Node's file functions, for the file and its folder. */
const nodeReasons: Readonly<Record<string, string>> = {
  ENOSPC: "its disk is full",
  EDQUOT: "its disk is full",
  EACCES: "writing it is not permitted",
  EPERM: "writing it is not permitted",
  EROFS: "its disk is read-only",
  EIO: "its disk has an error",
  // The file could not be reopened, so it is closed.
  ERR_INVALID_STATE: "it is not open",
};

/** The fault of a view's file that an error means; undefined when the file is not the cause. */
export const asFileFault = (error: unknown, path: string): Fault | undefined => {
  if (error instanceof Fault) return error;
  const reason = reasons[primaryCode(error) ?? -1] ?? nodeReasons[(error as NodeJS.ErrnoException).code ?? ""];
  return reason === undefined
    ? undefined
    : new Fault("view_unavailable", { cause: error, detail: `${path}: ${reason}.` });
};

/** Runs work on a view's file. Errors that the file causes are thrown as faults. */
export const onFile = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw asFileFault(error, path) ?? error;
  }
};

export const isFileFault = (error: unknown): error is Fault =>
  error instanceof Fault && error.code === "view_unavailable";

/** Whether the file must be rebuilt, because waiting will not help. */
export const isDamage = (error: unknown): boolean =>
  damage.includes(primaryCode(isFileFault(error) ? error.cause : error));

const primaryCode = (error: unknown): number | undefined => {
  const { errcode } = Object(error) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
};
