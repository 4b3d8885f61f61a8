import { keep } from "./bounded.ts";

/** One request as the stand-in saw it, with what it answered. */
export type LoggedRequest = {
  readonly at: string;
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** The fault in force, and whether the work was done all the same. */
  readonly fault?: { readonly kind: string; readonly accepted: boolean };
  /** Undefined if no answer was sent. */
  readonly status?: number;
};

/** The newest requests; older ones are forgotten so that a long run does not grow without end. */
export class RequestLog {
  readonly entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    keep(this.entries, entry);
  }
}
