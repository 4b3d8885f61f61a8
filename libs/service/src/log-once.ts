import type { LogFn, Logger } from "pino";
import type { Runtime } from "./runtime.ts";

const EVERY_MS = 60_000;
/** Pino's number for the level `warn`. */
const WARN = 40;
/** How many kinds of failure are remembered at once. A kind is a line of code and an error, so there are few. */
const KINDS_MAX = 200;

interface Repeated {
  count: number;
}

/**
 * A hook for pino. A failure is written once, with its stack. Repeats within a minute are only counted, and one line at the end of
 * the minute says how many. So an outage of 20 seconds costs a few lines instead of hundreds of stacks. Lines without an error
 * pass unchanged, and so does everything below `warn`.
 */
export const repeatedFailuresOnce = ({ after }: Pick<Runtime, "after">) => {
  const seen = new Map<string, Repeated>();
  return function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [bindings, message] = args as unknown[];
    const kind = level >= WARN ? kindOf(bindings, message) : undefined;
    const known = kind === undefined ? undefined : seen.get(kind);
    if (known) {
      known.count++;
      return;
    }
    method.apply(this, args);
    if (kind === undefined || seen.size >= KINDS_MAX) return;
    const repeated: Repeated = { count: 0 };
    seen.set(kind, repeated);
    const error = briefly((bindings as { err: unknown }).err);
    after(
      EVERY_MS,
      () => {
        seen.delete(kind);
        const { count } = repeated;
        if (count > 0) method.call(this, { repeated: count, error }, String(message));
      },
      { unref: true },
    );
  };
};

/** The log message, which identifies the line of code, and the error. An error without a code may be a defect, so its message counts too. */
const kindOf = (bindings: unknown, message: unknown): string | undefined => {
  if (typeof bindings !== "object" || bindings === null || !("err" in bindings)) return undefined;
  const { err } = bindings;
  const detail = err instanceof Error && !("code" in err) ? err.message : "";
  return [message, briefly(err), detail].join("\n");
};

const briefly = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: string | number };
  return code === undefined ? error.name : `${error.name} ${code}`;
};
