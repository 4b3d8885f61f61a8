import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** On a disk this fast, waiting costs less than passing the wait to another thread. */
const QUICK_MS = 0.5;

/** Makes SQLite's write-ahead log durable. */
export class LogSync {
  private readonly file: number;
  private lastMs = Number.POSITIVE_INFINITY;

  /** The log stays the same file while the database is open. It holds everything since the last checkpoint. */
  constructor(path: string) {
    this.file = openSync(path, "r+");
  }

  /** @param alone nothing else is waiting to be done, so this thread may wait */
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
