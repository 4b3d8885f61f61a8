import type { RunnerOptions } from "@touchline/projections";
import { daysProjection } from "./admin/days.ts";
import { registrationConfig } from "./config.ts";
import { registrationsProjection } from "./read-model/projection.ts";

/** Fees of the configuration stand in the events; views do not ask for them. */
const unneeded = { GOCARDLESS_ENVIRONMENT: "", SIGNING_FEE_PENCE: "", MONTHLY_FEE_PENCE: "" };

/** The service's projections and their files, for operators' commands; throws `ConfigError`. */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => {
  const { databasePath, daysPath } = registrationConfig({ ...env, ...unneeded });
  return [
    { projection: registrationsProjection, path: databasePath },
    { projection: daysProjection, path: daysPath },
  ];
};
