import type { ServiceContext } from "./run.ts";
import { systemRuntime } from "./runtime.ts";
import type { Span, SpanStart, Tracing } from "./span.ts";
import { withTimeout } from "./time-out.ts";
import { tracingConfig } from "./tracing-config.ts";

export { type Attributes, CORRELATION_ID, type Span, type SpanStart, type Tracing } from "./span.ts";

/** Part of the ten seconds in which a service has to stop. */
const FLUSH_MS = 3_000;

/**
 * Starts tracing when the environment says where traces go. Otherwise returns undefined, and OpenTelemetry is not even loaded.
 * Spans that are left are sent when the service stops. Call this first, so that it closes last.
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

/** Runs work in a span that ends with it. Without tracing, only the work runs. */
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

/** The error's code, or else its class's name. */
export const errorType = (error: unknown): string => {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (typeof code === "string" || typeof code === "number") return String(code);
  return typeof name === "string" ? name : "unknown";
};
