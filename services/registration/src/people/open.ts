import type { Logger } from "@touchline/service";
import type { Config } from "../config.ts";
import { followOperators } from "./operators-file.ts";
import { createPeople, type People } from "./people.ts";

/** Logs what the person who runs Touchline should know about operators and keys. */
export const openPeople = (
  { operatorsPath, adminToken }: Pick<Config, "operatorsPath" | "adminToken">,
  log: Pick<Logger, "info" | "warn" | "error">,
): People => {
  const operators = followOperators(operatorsPath, (err) =>
    log.error({ err }, "the operators file cannot be read: no operator is let in until it is corrected"),
  );
  if (adminToken !== undefined) {
    if (operators()?.length === 0) log.warn(deprecated);
    else log.info(unused);
  }
  return createPeople(operators, adminToken);
};

const deprecated =
  "ADMIN_TOKEN is deprecated: everybody shares it, so nobody can see who did what. Add operators by name: npm run ops -- operators add";
const unused = "ADMIN_TOKEN is ignored, because there are operators by name. Remove it";
