import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendNext, eventOf, linkOf, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  await stack.start();
});
afterAll(() => stack?.stop());

const agree = (registrationId: string, count: number, monthlyFeePence: number, preferredPaymentDay: number) =>
  appendNext(stack.store, `registration-${registrationId}`, {
    type: "MonthlyTermsAmended",
    data: { registrationId, monthlyFeePence, preferredPaymentDay, count, amendedAt: new Date().toISOString() },
  });

/** So far ahead that nothing has begun, whatever the day of the test. */
const ahead = new Date(Date.now() + 14 * 86_400_000).getUTCDate();
const day = ahead > 28 ? 1 : ahead;
const nextDay = day === 28 ? 27 : day + 1;

test("a new day or amount is asked for and collected, and leaves one subscription", async () => {
  const { goCardless, store } = stack;
  const registrationId = await register(store, { monthlyFeePence: 2_750, preferredPaymentDay: day });
  const linkId = await linkOf(stack, registrationId);
  await agree(registrationId, 1, 2_000, day);
  const again = await eventOf(store, linkId, "PaymentLinkReopened");
  expect(again).toMatchObject({ replaces: linkId, feePence: 100, mandate: true, amended: true });
  const requestOf = (id: string) => goCardless.billingRequests.find((one) => one.id === id);
  expect(requestOf(linkId)?.status).toBe("cancelled");
  expect(requestOf(again.requestId)?.mandate_request?.description).toContain("£20 a month");

  goCardless.pay(again.requestId);
  const first = await eventOf(store, linkId, "SubscriptionCreated");
  expect(first).toMatchObject({ amountPence: 2_000, dayOfMonth: day });
  const subscriptionOf = (id: string) => goCardless.subscriptions.find((one) => one.id === id);
  await agree(registrationId, 2, 2_500, day);
  const amended = await eventOf(store, linkId, "SubscriptionAmended");
  expect(amended).toMatchObject({ subscriptionId: first.subscriptionId, amountPence: 2_500 });
  expect(subscriptionOf(first.subscriptionId)).toMatchObject({ amount: 2_500, status: "active" });

  await agree(registrationId, 3, 2_500, nextDay);
  const next = await eventOf(store, linkId, "SubscriptionCreated", ({ dayOfMonth }) => dayOfMonth === nextDay);
  expect(next.amountPence).toBe(2_500);
  expect(Number(next.startDate.slice(8))).toBe(nextDay);
  // The first one has begun nothing and has no days left.
  await eventOf(store, linkId, "SubscriptionEnded", ({ subscriptionId }) => subscriptionId === first.subscriptionId);
  expect(next.startDate.slice(0, 7)).toBe(first.startDate.slice(0, 7));

  await agree(registrationId, 4, 0, nextDay);
  const running = () => goCardless.subscriptions.filter(({ status }) => status === "active");
  await eventually(async () => running().length === 0);
  expect(goCardless.subscriptions.map(({ day_of_month, status }) => [day_of_month, status])).toEqual([
    [day, "cancelled"],
    [nextDay, "cancelled"],
  ]);
});
