import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** On a disk this quick, waiting for it costs less than handing the wait to another thread. */
const QUICK_MS = 0.5;

/** Makes SQLite's write-ahead log durable. */
export class LogSync {
  private readonly file: number;
  private lastMs = Number.POSITIVE_INFINITY;

  /** The log is one file for as long as the database is open; all since its last checkpoint is in it. */
  constructor(path: string) {
    this.file = openSync(path, "r+");
  }

  /** @param alone nothing else is waiting to be done, so this thread may as well wait */
  sync(alone: boolean, callback: (error: Error | null) => void): void {
    const start = performance.now();
    if (alone && this.lastMs < QUICK_MS) {
      callback(this.wait());
      this.lastMs = performance.now() - start;
      return;
    }
    fdatasync(this.file, (error) => {
      this.lastMs = performance.now() - start;
      callback(error);
    });
  }

  close(): void {
    closeSync(this.file);
  }

  private wait(): Error | null {
    try {
      fdatasyncSync(this.file);
      return null;
    } catch (error) {
      return error as Error;
    }
  }
}
