export { ConfigError, type EnvReader, readConfig } from "./env.ts";
export { createHealth, type Health, type HealthCheck, type HealthReport } from "./health.ts";
export { createHttpServer, type HttpOptions, type Joinable } from "./http.ts";
export { inTime } from "./in-time.ts";
export { createLogger, type Logger } from "./log.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { runService, type ServiceContext } from "./run.ts";
export { aboutStory, readTraceparent } from "./traceparent.ts";
export { type Attributes, CORRELATION_ID, inSpan, type Span, startTracing, type Tracing } from "./tracing.ts";
