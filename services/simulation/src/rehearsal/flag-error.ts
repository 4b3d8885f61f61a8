/** A wrong flag: its name, and a sentence for the person who typed it. */
export class FlagError extends Error {
  override readonly name = "FlagError";

  constructor(flag: string, reason: string) {
    super(`${flag}: ${reason}`);
  }
}
