import { randomUUID } from "node:crypto";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  appendNext,
  eventOf,
  type Instance,
  linkOf,
  paymentEvents,
  register,
  type Stack,
  startStack,
  status,
  tap,
} from "./stack.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({ env: { WEBHOOK_POLL_SECONDS: "1" } });
  service = await stack.start();
});
afterAll(() => stack.stop());

const recordMoney = async (registrationId: string, more: object): Promise<string> => {
  const recordId = randomUUID();
  const record = { registrationId, recordId, kind: "cash", amountPence: 4_500, note: "R-1", ...more };
  const data = { ...record, recordedAt: new Date().toISOString() };
  await appendNext(stack.store, `registration-${registrationId}`, { type: "MoneyRecorded", data });
  return recordId;
};
const requestsOf = (registrationId: string) =>
  stack.goCardless.billingRequests.filter(({ metadata }) => metadata.registration_id === registrationId);

test("cash settles the fee once the open request is cancelled; when it is taken back, the link asks again", async () => {
  const registrationId = await register(stack.store, { signingFeePence: 4_500, monthlyFeePence: 0 });
  const link = await linkOf(stack, registrationId);
  expect((await tap(service.url, link)).status).toBe(303);
  const recordId = await recordMoney(registrationId, {});
  await status(stack, link, "paid");
  expect(requestsOf(registrationId).map((one) => one.status)).toEqual(["cancelled"]);
  await eventually(async () => (await (await tap(service.url, link)).text()).includes("Nothing to pay"));

  await recordMoney(registrationId, { undoes: recordId, note: "R-1-void" });
  const again = await eventOf(stack.store, link, "PaymentLinkReopened");
  expect(again.feePence).toBe(4_500);
  await eventually(async () => (await tap(service.url, link)).status === 303);
});

test("a partial waiver leaves the rest to pay and the mandate to set up", async () => {
  const registrationId = await register(stack.store, { signingFeePence: 4_500 });
  const link = await linkOf(stack, registrationId);
  await recordMoney(registrationId, { kind: "waiver", amountPence: 2_000 });
  expect(await eventOf(stack.store, link, "PaymentLinkReopened")).toMatchObject({ feePence: 2_500, mandate: true });
});

test("the link asks for the rest although GoCardless's answer to the cancellation was lost", async () => {
  const registrationId = await register(stack.store, { signingFeePence: 4_500, monthlyFeePence: 0 });
  const link = await linkOf(stack, registrationId);
  const lost = { kind: "status", status: 503, accepted: true, times: 1, on: "billing_requests.cancel" } as const;
  stack.goCardless.faults.set({ requests: [lost] });
  await recordMoney(registrationId, { amountPence: 2_000 });
  expect(await eventOf(stack.store, link, "PaymentLinkReopened")).toMatchObject({ feePence: 2_500 });
  stack.goCardless.faults.reset();
  expect(await eventOf(stack.store, link, "PaymentTokenCancelled")).toMatchObject({ by: "us" });
  await eventually(async () => (await tap(service.url, link)).status === 303);
});

test("cash recorded while a parent pays is refused: there is one payment, and the timeline says why", async () => {
  const registrationId = await register(stack.store, { signingFeePence: 4_500 });
  const link = await linkOf(stack, registrationId);
  stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
  stack.goCardless.pay(link);
  await eventually(() => requestsOf(registrationId)[0]?.status === "fulfilled");
  await recordMoney(registrationId, {});
  expect(await eventOf(stack.store, link, "MoneyElsewhereRefused")).toMatchObject({ code: "paid" });
  await status(stack, link, "paid");
  stack.goCardless.faults.reset();
  expect((await paymentEvents(stack.store, link)).filter(({ type }) => type === "MoneyElsewhereRecorded")).toEqual([]);
  expect(requestsOf(registrationId)).toHaveLength(1);
});
