import type { RunningEventStore } from "@touchline/embedded";
import { type GoCardlessStandIn, startGoCardlessStandIn } from "@touchline/sandbox";
import { temporaryFolder } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ops, startStoreIn } from "./touchline.ts";

const accessToken = "the-token";
const folder = temporaryFolder("reconcile");
let store: RunningEventStore;
let goCardless: GoCardlessStandIn;
let alone: Record<string, string>;
let env: Record<string, string>;

beforeAll(async () => {
  store = await startStoreIn(folder.path);
  goCardless = await startGoCardlessStandIn({ accessToken, webhookSecret: "secret" });
  alone = { DATA_DIR: folder.path, EVENTSTORE_URL: store.url };
  env = { ...alone, GOCARDLESS_ACCESS_TOKEN: accessToken, GOCARDLESS_API_BASE_URL: goCardless.url };
});
afterAll(async () => {
  await goCardless?.stop();
  await store?.stop();
  folder.remove();
});

/** A payment in the club's account with a registration which no event is about. */
const strayPayment = async (pence: number) => {
  const metadata = { registration_id: "r-lost" };
  const request = { payment_request: { amount: pence, currency: "GBP", metadata }, metadata };
  const answer = await fetch(`${goCardless.url}/billing_requests`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
      "gocardless-version": "2015-07-06",
    },
    body: JSON.stringify({ billing_requests: request }),
  });
  const { billing_requests: made } = (await answer.json()) as { billing_requests: { id: string } };
  goCardless.pay(made.id);
  await goCardless.settled();
};

test("reconcile says £0.00 or what differs, and --last repeats it", async () => {
  expect(await ops(alone, "reconcile", "--last")).toMatchObject({ code: 1, err: expect.stringContaining("no report") });
  expect((await ops(alone, "reconcile")).code).toBe(78);
  const clean = await ops(env, "reconcile");
  expect(clean).toMatchObject({ code: 0, out: expect.stringMatching(/^£0.00 unexplained\n/) });
  expect(await ops(alone, "reconcile", "--last")).toEqual(clean);

  await strayPayment(4_500);
  const found = await ops(env, "reconcile");
  expect(found.code).toBe(1);
  expect(found.out).toMatch(/^£45.00 unexplained\n/);
  expect(found.out).toMatch(
    /£45\.00 {2}payment PM\w+ {2}registration r-lost: "no such registration" here, "paid out" at/,
  );
  const { out } = await ops(alone, "reconcile", "--last", "--json");
  expect(JSON.parse(out)).toMatchObject({ unexplainedPence: 4_500, unexplained: 1, keptPence: 0 });
});

test("reconcile says when GoCardless does not answer, and makes no report", async () => {
  const before = await ops(alone, "reconcile", "--last");
  goCardless.faults.set({ requests: [{ kind: "status", status: 503 }] });
  expect(await ops(env, "reconcile")).toMatchObject({
    code: 1,
    err: expect.stringContaining("GoCardless does not answer"),
  });
  goCardless.faults.reset();
  expect(await ops(alone, "reconcile", "--last")).toEqual(before);
});
