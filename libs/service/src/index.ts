export { ConfigError, type EnvReader, readConfig } from "./env.ts";
export { createHealth, type Health, type HealthCheck, type HealthReport } from "./health.ts";
export { createHttpServer, type HttpOptions } from "./http.ts";
export { inTime } from "./in-time.ts";
export { createLogger, type Logger } from "./log.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { runService, type ServiceContext } from "./run.ts";
