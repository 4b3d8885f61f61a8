import { startProcess } from "@touchline/testing/stack";
import { expect, test } from "vitest";

const live = { GOCARDLESS_ENVIRONMENT: "live", SIGNING_FEE_PENCE: "4500", MONTHLY_FEE_PENCE: "2750" };
const oneFee = "MONTHLY_FEE_PENCE is not 100";

test.each([
  ["lah", { NODE_ENV: "production" }, "NODE_ENV says production"],
  ["lah", live, "SIGNING_FEE_PENCE and MONTHLY_FEE_PENCE are not 100"],
  ["lah", { ...live, SIGNING_FEE_PENCE: "100" }, oneFee],
  ["lah", { ...live, SIGNING_FEE_PENCE: "100", MONTHLY_FEE_PENCE: "" }, oneFee],
  ["demo", { NODE_ENV: "production" }, "The demo does not"],
])("%s does not run in production: %j", async (command, env, why) => {
  const args = command === "lah" ? ["--phone", "07700900123", "--target", "127.0.0.1:1"] : ["--once"];
  const { ended, output } = await startProcess(`services/launcher/src/${command}.ts`, { args, env, ready: "nothing" });
  expect(await ended).toBe(1);
  expect(output()).toContain("does not run in production");
  expect(output()).toContain(why);
});

test.each([
  { ...live, SIGNING_FEE_PENCE: "100", MONTHLY_FEE_PENCE: "100" },
  { ...live, GOCARDLESS_ENVIRONMENT: "sandbox" },
  {},
])("lah runs in a test set-up, also with a live pound: %j", async (env) => {
  const args = ["--phone", "07700900123", "--target", "127.0.0.1:1"];
  const { ended, output } = await startProcess("services/launcher/src/lah.ts", { args, env, ready: "nothing" });
  expect(await ended).toBe(1);
  expect(output()).toContain("No Touchline answers at 127.0.0.1:1");
});
