import { status } from "@grpc/grpc-js";
import type { Metrics } from "@touchline/service";
import type { IntakeResult, Via } from "./intake/messages.ts";

/** The service's metrics. */
export const createMeters = (metrics: Metrics) => {
  const intake = metrics.counter("touchline_intake_total", "Registrations submitted, by way and result.", [
    "via",
    "result",
  ]);
  const calls = metrics.histogram("touchline_grpc_seconds", "gRPC calls by method and status.", ["method", "code"]);
  return {
    intake: (via: Via, result: IntakeResult) => intake.inc({ via, result }),
    call: (method: string, code: status, seconds: number) => calls.observe({ method, code: status[code] }, seconds),
    watchers: (count: () => number) =>
      metrics.gauge("touchline_watchers", "Open WatchRegistration streams.", [], (g) => g.set(count())),
  };
};
