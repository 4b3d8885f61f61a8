import { type Span as ApiSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import manifest from "../package.json" with { type: "json" };
import type { Logger } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import type { Span, SpanStart, Tracing } from "./span.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";
import type { Sampler, TracingConfig } from "./tracing-config.ts";

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** The least time between two log lines about a collector that does not take our spans. */
const COMPLAIN_EVERY_MS = 60_000;

export interface OpenTelemetry {
  readonly tracing: Tracing;
  /** Sends the spans that are left. Never rejects. */
  readonly shutdown: () => Promise<void>;
}

/** OpenTelemetry's SDK, with a bounded queue: a slow or missing collector loses us spans, and nothing else. */
export const openTelemetry = (service: string, config: TracingConfig, log: Logger, runtime: Runtime): OpenTelemetry => {
  const provider = new TracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": service, "service.version": manifest.version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(config.sampler),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: complaining(exporterOf(config), log, runtime), ...config.batch }),
    ],
  });
  const tracer = provider.getTracer("touchline", manifest.version);
  const start = ({ name, kind, parent, attributes, startedAt }: SpanStart): Span => {
    const options = { kind: kinds[kind], attributes: { ...attributes }, ...(startedAt && { startTime: startedAt }) };
    return spanOf(tracer.startSpan(name, options, contextOf(parent)));
  };
  return { tracing: { start }, shutdown: () => provider.shutdown().catch(() => {}) };
};

const contextOf = (parent: string | undefined) => {
  const found = parseTraceparent(parent);
  if (!found) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = found;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
};

const spanOf = (span: ApiSpan): Span => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: formatTraceparent({ traceId, spanId, flags: traceFlags }),
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (type) => void span.setAttribute("error.type", type).setStatus({ code: SpanStatusCode.ERROR }),
    end: () => span.end(),
  };
};

const samplerOf = ({ ratio, parentBased }: Sampler) => {
  const root = new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
};

const exporterOf = ({ protocol }: TracingConfig): SpanExporter =>
  protocol === "http/json" ? new JsonExporter() : new ProtobufExporter();

/** Logs lost spans from time to time. The SDK itself is silent, and its messages may hold the exporter's headers. */
const complaining = (exporter: SpanExporter, log: Logger, runtime: Runtime): SpanExporter => {
  let quietUntil = 0;
  let lost = 0;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error) {
          lost += spans.length;
          if (runtime.monotonicMs() >= quietUntil) {
            const { code, name } = result.error as Error & { code?: unknown };
            log.warn({ lost, code: code ?? name }, "the collector did not accept our spans; they are lost");
            quietUntil = runtime.monotonicMs() + COMPLAIN_EVERY_MS;
            lost = 0;
          }
        }
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
};
