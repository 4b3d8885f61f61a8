/** How much memory appends may hold, in all calls together, while their last part is missing. */
const LIMIT_BYTES = 64 * 1024 * 1024;
/** What an event takes in memory besides its bytes, about. */
const OBJECT_BYTES = 256;

export const TOO_BUSY = "Too many unfinished appends are waiting for their last part.";

export interface AppendLimits {
  appendBytes: number;
  halfSent: HalfSent;
}

/** Counts whole messages: an event keeps the message that it came in, whatever else that has in it. */
export class HalfSent {
  private bytes = 0;

  /** What has to be given back, or undefined when there is no room. */
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
