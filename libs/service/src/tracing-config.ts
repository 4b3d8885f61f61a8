import { type EnvReader, readConfig } from "./env.ts";

export interface TracingConfig {
  readonly protocol: "http/protobuf" | "http/json";
  readonly sampler: Sampler;
  /** The limits of the queue of finished spans. */
  readonly batch: {
    readonly scheduledDelayMillis: number;
    readonly exportTimeoutMillis: number;
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
}

export interface Sampler {
  /** The share of traces beginning here that is sampled. */
  readonly ratio: number;
  /** Whether a trace that began elsewhere is sampled if its parent was. */
  readonly parentBased: boolean;
}

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/**
 * Those of OpenTelemetry's own variables that its SDK leaves to us. The exporter reads OTEL_EXPORTER_OTLP_… itself. Undefined when
 * traces are not exported.
 */
export const tracingConfig = (env: NodeJS.ProcessEnv): TracingConfig | undefined =>
  readConfig(env, (read) => {
    const where = endpoint(read, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") || endpoint(read, "OTEL_EXPORTER_OTLP_ENDPOINT");
    const exporter = read.oneOf("OTEL_TRACES_EXPORTER", ["otlp", "none"], "otlp");
    if (!where || exporter === "none" || read.flag("OTEL_SDK_DISABLED", false)) return undefined;
    const protocol = read.oneOf(
      read.optional("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        ? "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
        : "OTEL_EXPORTER_OTLP_PROTOCOL",
      ["http/protobuf", "http/json"] as const,
      "http/protobuf",
    );
    const number = (name: string, fallback: number, min = 1) => read.integer(name, { fallback, min });
    const maxQueueSize = number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048);
    return {
      protocol,
      sampler: readSampler(read),
      batch: {
        scheduledDelayMillis: number("OTEL_BSP_SCHEDULE_DELAY", 5_000, 0),
        exportTimeoutMillis: number("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
        maxQueueSize,
        maxExportBatchSize: Math.min(number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512), maxQueueSize),
      },
    };
  });

const endpoint = (read: EnvReader, name: string): string | undefined =>
  read.optional(name) && read.url(name, { protocols: ["http:", "https:"] });

const readSampler = (read: EnvReader): Sampler => {
  const name = read.oneOf("OTEL_TRACES_SAMPLER", samplers, "parentbased_always_on");
  const parentBased = name.startsWith("parentbased_");
  if (name.endsWith("always_on")) return { ratio: 1, parentBased };
  if (name.endsWith("always_off")) return { ratio: 0, parentBased };
  const ratio = Number(read.optional("OTEL_TRACES_SAMPLER_ARG") ?? "1");
  if (!(ratio >= 0 && ratio <= 1)) read.violation("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.");
  return { ratio, parentBased };
};
