import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isFullDisk } from "./full-disk.ts";

export const MARK_FILE = "acknowledged";

/**
 * The position of the last acknowledged event, in a separate file. It is written after the commit without waiting, so it may lag
 * behind the events. If it is ever ahead of them, acknowledged events have been lost.
 */
export class Mark {
  private readonly file: number;
  private readonly bytes = Buffer.alloc(12);

  constructor(folder: string) {
    // Created if missing, and never truncated.
    this.file = openSync(join(folder, MARK_FILE), constants.O_RDWR | constants.O_CREAT);
  }

  /** Undefined when there is no mark, or none that can be trusted. */
  read(): number | undefined {
    const bytes = Buffer.alloc(12);
    if (readSync(this.file, bytes, 0, 12, 0) < 12) return undefined;
    if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32LE(8)) return undefined;
    return Number(bytes.readBigUInt64LE(0));
  }

  write(position: number): void {
    this.bytes.writeBigUInt64LE(BigInt(position), 0);
    this.bytes.writeUInt32LE(crc32(this.bytes.subarray(0, 8)), 8);
    try {
      writeSync(this.file, this.bytes, 0, 12, 0);
    } catch (error) {
      // The mark then lags behind, which is allowed.
      if (!isFullDisk(error)) throw error;
    }
  }

  close(): void {
    closeSync(this.file);
  }
}
