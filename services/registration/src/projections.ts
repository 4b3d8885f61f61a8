import type { RunnerOptions } from "@touchline/projections";
import { registrationConfig } from "./config.ts";
import { daysProjection } from "./read-model/days.ts";
import { ledgerProjection } from "./read-model/ledger.ts";
import { registrationsProjection } from "./read-model/projection.ts";

/** Views take fees from the events and send no e-mail, so these settings are not needed. */
const unneeded = {
  GOCARDLESS_ENVIRONMENT: "",
  SIGNING_FEE_PENCE: "",
  MONTHLY_FEE_PENCE: "",
  SECRETARY_EMAIL: "",
  TEAM_MANAGERS: "",
};

/** The service's projections and their files, for operators' commands; throws `ConfigError`. */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => {
  const { databasePath, daysPath, ledgerPath } = registrationConfig({ ...env, ...unneeded });
  return [
    { projection: registrationsProjection, path: databasePath },
    { projection: daysProjection, path: daysPath },
    { projection: ledgerProjection, path: ledgerPath },
  ];
};
