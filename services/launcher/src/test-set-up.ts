import { readConfig } from "@touchline/service/env";

/** The pound of docs/live-testing.md. */
const TEST_FEE_PENCE = "100";
const fees = ["SIGNING_FEE_PENCE", "MONTHLY_FEE_PENCE"] as const;

/** For commands that make registrations up. @throws where families are registered for real */
export const requireTestSetUp = (command: string, env: NodeJS.ProcessEnv): void => {
  if (env.NODE_ENV === "production")
    throw new Error(`${command} is for test set-ups and does not run in production: NODE_ENV says production.`);
  // `npm start` for real sets no NODE_ENV. Its fees show that it is no test.
  const real = readConfig(env, (read) =>
    read.optional("GOCARDLESS_ENVIRONMENT") === "live"
      ? fees.filter((name) => read.optional(name) !== TEST_FEE_PENCE)
      : [],
  );
  if (real.length > 0)
    throw new Error(
      `${command} is for test set-ups and does not run in production: GOCARDLESS_ENVIRONMENT is live, and ${real.join(" and ")} ` +
        `${real.length === 1 ? "is" : "are"} not ${TEST_FEE_PENCE}, the amount of live tests.`,
    );
};
