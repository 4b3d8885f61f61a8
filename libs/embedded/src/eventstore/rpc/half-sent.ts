/** How much memory all appends together may hold while their last parts are missing. */
const LIMIT_BYTES = 64 * 1024 * 1024;
/** Roughly the memory that an event takes besides its bytes. */
const OBJECT_BYTES = 256;

export const TOO_BUSY = "Too many unfinished appends are waiting for their last part.";

export interface AppendLimits {
  appendBytes: number;
  halfSent: HalfSent;
}

/** Counts whole messages, because an event keeps the whole message that it came in. */
export class HalfSent {
  private bytes = 0;

  /** Returns what has to be given back later, or undefined when there is no room. */
  take(messageBytes: number, events: number): number | undefined {
    if (this.bytes > LIMIT_BYTES) return undefined;
    const taken = messageBytes + events * OBJECT_BYTES;
    this.bytes += taken;
    return taken;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
  }
}
