import { writeSync } from "node:fs";

export interface LineWriter {
  /** Writes whole lines, each with its line break. Never throws. */
  readonly write: (lines: string) => void;
}

/** How long a slow reader of a pipe may take. Then the line is dropped, since waiting blocks the whole process. */
const PATIENCE_MS = 100;
const PAUSE_MS = 5;

/**
 * Writes lines to a file descriptor, and survives a full disk, a closed pipe and a reader that does not read. Lines that cannot be
 * written are dropped and reported; when there is room again, a line says how many. Synchronous, so that the last lines of a
 * process are written before it ends.
 */
export const createLineWriter = (fd: number, onDropped: () => void = () => {}): LineWriter => {
  let dropped = 0;
  /** A line was cut in the middle: the next one must start on a new line. */
  let torn = false;

  const put = (text: string): void => {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSome(fd, bytes, written);
    } finally {
      if (written > 0) torn = written < bytes.length;
    }
  };

  return {
    write: (lines) => {
      try {
        put(`${torn ? "\n" : ""}${dropped > 0 ? droppedLine(dropped) : ""}${lines}`);
        dropped = 0;
      } catch {
        dropped++;
        onDropped();
      }
    },
  };
};

const droppedLine = (dropped: number) =>
  `${JSON.stringify({ level: "warn", msg: "log lines were dropped because there was no room for them", dropped })}\n`;

/** How many bytes were written. */
const writeSome = (fd: number, bytes: Buffer, offset: number): number => {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      return writeSync(fd, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || waitedMs >= PATIENCE_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
};
