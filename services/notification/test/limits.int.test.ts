import { setTimeout as sleep } from "node:timers/promises";
import { smsIdOf } from "@touchline/contracts";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Registered, register, type Stack, startStack } from "./stack.ts";

/** Leases and holds take time, and a busy machine takes longer. */
const SLOW_MS = 180_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const requests = () =>
  stack.twilio.requests
    .filter((r) => r.operation === "messages.create")
    .map((r) => r.body as { Body: string; To: string });
const textsWith = (all: readonly Registered[]) =>
  requests()
    .map(({ Body }) => all.findIndex(({ billingRequestId }) => Body.includes(`${billingRequestId} `)))
    .filter((i) => i >= 0);

const registerInOrder = async (count: number): Promise<Registered[]> => {
  const all: Registered[] = [];
  for (let i = 0; i < count; i++) {
    all.push(await register(stack.store, { phone: `+4477009001${String(i).padStart(2, "0")}` }));
  }
  return all;
};

/** Where in the log a text's attempts were claimed. */
const claimsOf = async ({ registrationId }: Registered): Promise<bigint[]> => {
  const events = await stack.store.read(`sms-${smsIdOf(registrationId, "payment_link", 0)}`);
  return events.filter(({ type }) => type === "SmsAttemptStarted").map(({ position }) => position);
};

test("two instances share one rate, in order, even when the sending one is killed", {
  timeout: SLOW_MS,
}, async () => {
  // An attempt that died with its instance is retried once Twilio's list has twice not shown it: here, after seconds.
  const env = { SMS_MAX_PER_SECOND: "10", SMS_EVIDENCE_SECONDS: "2" };
  const instances = [await stack.start(env), await stack.start(env)];
  const all = await registerInOrder(30);
  // All of them are requested, and some were sent.
  const lastOne = `sms-${smsIdOf(all.at(-1)?.registrationId ?? "", "payment_link", 0)}`;
  await eventually(async () => (await stack.store.read(lastOne)).length > 0);
  await eventually(() => textsWith(all).length >= 5);
  // The sending instance is killed; the other takes over the line when the lease ends.
  const line = await stack.store.read(
    `sms-line.${new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London" }).format(new Date())}`,
  );
  expect(line.length).toBeGreaterThan(0);
  for (const instance of instances) await instance.kill();
  const third = await stack.start(env);
  await eventually(() => textsWith(all).length >= 30);
  await third.stop();
  expect(textsWith(all).toSorted((a, b) => a - b)).toEqual(all.map((_, i) => i));
  // A text in flight at the kill waits for evidence before it is retried, and blocks no other.
  const claims = await Promise.all(all.map(claimsOf));
  expect(claims.filter((positions) => positions.length > 1).length).toBeLessThanOrEqual(1);
  const firstClaims = claims.map(([first]) => first ?? -1n);
  expect(firstClaims).toEqual(firstClaims.toSorted((a, b) => Number(a - b)));
  const times = stack.twilio.requests.filter((r) => r.operation === "messages.create").map((r) => Date.parse(r.at));
  const most = Math.max(...times.map((from) => times.filter((t) => t >= from && t < from + 1_000).length));
  expect(most).toBeLessThanOrEqual(10);
});

test("a daily limit holds texts back across a restart, and a higher one releases them", {
  timeout: SLOW_MS,
}, async () => {
  const sentToday = requests().length;
  const held = { SMS_DAILY_LIMIT: String(sentToday + 2), SMS_MAX_PER_SECOND: "50" };
  const first = await stack.start(held);
  const all = await registerInOrder(5);
  await eventually(() => textsWith(all).length >= 2);
  await first.stop();
  const second = await stack.start(held);
  await eventually(async () => {
    const last = all.at(-1);
    return last && (await stack.store.read(`sms-${smsIdOf(last.registrationId, "payment_link", 0)}`)).length > 0;
  });
  await sleep(1_000);
  expect(textsWith(all)).toEqual([0, 1]);
  await second.stop();
  const third = await stack.start({ SMS_DAILY_LIMIT: String(sentToday + 10) });
  await eventually(() => textsWith(all).length >= 5);
  expect(textsWith(all)).toEqual([0, 1, 2, 3, 4]);
  await third.stop();
});
