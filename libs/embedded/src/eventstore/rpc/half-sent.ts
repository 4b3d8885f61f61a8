/** How much memory appends may hold, in all calls together, while their last part is missing. */
const LIMIT_BYTES = 64 * 1024 * 1024;

export class HalfSent {
  private bytes = 0;

  /** False when there is no room. */
  take(bytes: number): boolean {
    if (this.bytes > LIMIT_BYTES) return false;
    this.bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
  }
}
