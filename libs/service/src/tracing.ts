import type { ServiceContext } from "./run.ts";
import { systemRuntime } from "./runtime.ts";
import { withTimeout } from "./time-out.ts";
import { tracingConfig } from "./tracing-config.ts";

export type SpanKind = "server" | "client" | "producer" | "consumer";
/** By OpenTelemetry's semantic conventions. Never personal data, and no link to pay: a route in place of a URL. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** The trace context that it belongs under; without one a trace begins. */
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  /** Unix milliseconds; now, when absent. */
  readonly startedAt?: number;
}

export interface Span {
  /** What happens within the span hands this on. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** It ended badly. `type` is a code or a class of errors, never their words: those may quote a person. */
  fail(type: string): void;
  end(): void;
}

/** Makes spans. Nothing is ambient: who starts a span hands its context on. */
export interface Tracing {
  start(span: SpanStart): Span;
}

/** The registration that a span belongs to, as `correlationId` in logs. */
export const CORRELATION_ID = "touchline.correlation_id";

/** Beside what else has to stop within ten seconds. */
const FLUSH_MS = 3_000;

/**
 * Starts tracing when the environment says where traces go; undefined when it does not, and then nothing of OpenTelemetry
 * is even loaded. Spans that are still here are sent when the service stops. Called first, so that it closes last.
 */
export const startTracing = async ({
  name,
  log,
  onClose,
  runtime = systemRuntime(),
}: Pick<ServiceContext, "name" | "log" | "onClose"> & Partial<Pick<ServiceContext, "runtime">>): Promise<
  Tracing | undefined
> => {
  const config = tracingConfig(process.env);
  if (!config) return undefined;
  const { openTelemetry } = await import("./tracing-otlp.ts");
  const { tracing, shutdown } = openTelemetry(name, config, log, runtime);
  onClose(() => withTimeout(shutdown(), FLUSH_MS, () => {}, runtime));
  return tracing;
};

/** Runs work in a span that ends with it. Callers without tracing do the work itself. */
export const inSpan = async <T>(
  tracing: Tracing,
  start: SpanStart,
  work: (traceparent: string, span: Span) => Promise<T>,
): Promise<T> => {
  const span = tracing.start(start);
  try {
    return await work(span.traceparent, span);
  } catch (error) {
    span.fail(errorType(error));
    throw error;
  } finally {
    span.end();
  }
};

/** A code, else the class's name. */
export const errorType = (error: unknown): string => {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (typeof code === "string" || typeof code === "number") return String(code);
  return typeof name === "string" ? name : "unknown";
};
