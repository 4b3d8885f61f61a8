import type { Fault } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import { openFile, recreateFile, takeOverBeforeOpening } from "./database.ts";
import { isDamage, isFileFault, onFile } from "./file-trouble.ts";
import type { Projection } from "./projection.ts";
import type { ViewFile } from "./view-file.ts";

/** `waiting`: nothing is applied until the file can be written again. `damaged`: a new file is built from the first event. */
export interface FileTrouble {
  readonly kind: "waiting" | "damaged";
  readonly error: unknown;
}

export interface RecoveryOptions {
  readonly file: ViewFile;
  readonly projection: Projection;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "after">;
  /** Called when nothing can be applied from now on. */
  readonly onFailed: (fault: Fault) => void;
  /** Called when the file is tried again. `reopened`: its content may have changed. */
  readonly onRetry: (reopened: boolean) => void;
}

/** Recovers a view's file after trouble: by waiting, or by building a new one. */
export interface Recovery {
  /** Opens the file for the first time. A failure to open it is trouble like any other. */
  readonly open: () => void;
  /** Reports that something failed because of the file, which is then tried again until it works. */
  readonly failed: (fault: Fault) => void;
  /** Reports that applying works again, so that the next trouble is announced. */
  readonly works: () => void;
  /** Calls the listener for each trouble, including any present one. */
  readonly onTrouble: (listener: (trouble: FileTrouble) => void) => () => void;
}

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

export const createRecovery = ({ file, projection, signal, runtime, onFailed, onRetry }: RecoveryOptions): Recovery => {
  const listeners = new Set<(trouble: FileTrouble) => void>();
  let trouble: FileTrouble | undefined;
  let damaged = false;
  let retrying = false;
  let retryMs = FIRST_RETRY_MS;

  const announce = (news: FileTrouble) => {
    if (trouble?.kind === news.kind) return;
    trouble = news;
    for (const listener of listeners) listener(news);
  };
  const reopen = (): boolean => {
    if (file.isOpen && !damaged) return false;
    if (damaged) recreateFile(file, projection);
    else openFile(file, projection, (error) => announce({ kind: "damaged", error }));
    damaged = false;
    return true;
  };
  const retry = () => {
    retrying = false;
    if (signal.aborted) return;
    try {
      onRetry(reopen());
    } catch (error) {
      if (!isFileFault(error)) throw error;
      failed(error);
    }
  };
  const failed = (fault: Fault) => {
    if (retrying || signal.aborted) return;
    retrying = true;
    damaged ||= isDamage(fault);
    announce({ kind: damaged ? "damaged" : "waiting", error: fault });
    onFailed(fault);
    runtime.after(damaged ? 0 : retryMs, retry);
    retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
  };
  // Found in the middle of a query, perhaps of several at once, so handle it afterwards. By then there may be a new file.
  file.onDamage = (fault) => {
    const { openings } = file;
    runtime.after(0, () => {
      if (file.openings === openings) failed(fault);
    });
  };

  return {
    failed,
    open: () => {
      try {
        onFile(file.path, () => takeOverBeforeOpening(file.path));
        reopen();
      } catch (error) {
        if (!isFileFault(error)) throw error;
        failed(error);
      }
    },
    works: () => {
      trouble = undefined;
      retryMs = FIRST_RETRY_MS;
    },
    onTrouble: (listener) => {
      listeners.add(listener);
      if (trouble) listener(trouble);
      return () => void listeners.delete(listener);
    },
  };
};
