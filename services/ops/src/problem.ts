/** A problem that the person who typed the command can fix: what is wrong, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}
