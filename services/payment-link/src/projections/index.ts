import { join } from "node:path";
import type { RunnerOptions } from "@touchline/projections";
import { linksProjection } from "./links.ts";

/** Where `links` is kept under DATA_DIR. */
export const linksPath = (dataDir: string): string => join(dataDir, "payment-link", "links.sqlite");

/** Where the poller keeps its checkpoint. After a restore it is deleted, since the older log needs the events again. */
export const walkedPath = (dataDir: string): string => join(dataDir, "payment-link", "events-checkpoint.json");

/** The service's projections and their files, for operators' commands. They need no credentials. */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => [
  { projection: linksProjection, path: linksPath(env.DATA_DIR?.trim() || "data") },
];
