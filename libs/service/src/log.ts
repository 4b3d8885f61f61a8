import { scrub } from "@touchline/contracts/scrub";
import { type Logger, pino } from "pino";
import { createLineWriter, type LineWriter } from "./line-writer.ts";
import { repeatedFailuresOnce } from "./log-once.ts";
import { systemRuntime } from "./runtime.ts";

export type { Logger };

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/**
 * JSON lines on stderr; stdout is for output that programs read. Callers never pass names. Phone numbers and e-mail addresses in
 * other people's error messages are removed from the finished line, at every level.
 */
export const createLogger = (
  service: string,
  level = process.env.LOG_LEVEL ?? "info",
  destination: LineWriter = createLineWriter(2),
): Logger =>
  pino(
    {
      level: (logLevels as readonly string[]).includes(level) ? level : "info",
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      hooks: { streamWrite: scrub, logMethod: repeatedFailuresOnce(systemRuntime()) },
    },
    destination,
  );

interface ErrorLike {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: unknown;
}

/** Keeps only what shows the cause: SDK errors hold whole requests, with numbers and credentials. */
const serializeError = (error: unknown, depth = 0): object => {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  const { name, message, code, stack, cause } = error as ErrorLike;
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    stack,
    ...(cause !== undefined && depth < 3 && { cause: serializeError(cause, depth + 1) }),
  };
};
