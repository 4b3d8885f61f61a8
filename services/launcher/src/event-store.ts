import { join } from "node:path";
import type { Logger, Runtime } from "@touchline/service";
import { type Supervised, supervise } from "./supervisor.ts";

/** The embedded event store as a supervised process. */
export const superviseEventStore = (
  port: number,
  dataDir: string,
  logLevel: string | undefined,
  log: Logger,
  runtime: Runtime,
): Supervised =>
  supervise(
    {
      name: "event store",
      script: "libs/embedded/src/eventstore/main.ts",
      args: ["--port", String(port), "--data", join(dataDir, "eventstore")],
      env: { ...(logLevel && { LOG_LEVEL: logLevel }) },
    },
    log,
    runtime,
  );
