import { join } from "node:path";
import type { RunnerOptions } from "@touchline/projections";
import { paymentLinkConfig } from "../config.ts";
import { linksProjection } from "./links.ts";

/** The service's projections and their files, for operators' commands; throws `ConfigError`. */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => [
  { projection: linksProjection, path: join(paymentLinkConfig(env).dataDir, "payment-link", "links.sqlite") },
];
