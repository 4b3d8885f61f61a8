import type { RunnerOptions } from "@touchline/projections";
import { daysProjection } from "./admin/days.ts";
import { registrationConfig } from "./config.ts";
import { registrationsProjection } from "./read-model/projection.ts";

/** The service's projections and their files, for operators' commands; throws `ConfigError`. */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => {
  const { databasePath, daysPath } = registrationConfig(env);
  return [
    { projection: registrationsProjection, path: databasePath },
    { projection: daysProjection, path: daysPath },
  ];
};
