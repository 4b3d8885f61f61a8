import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goCardlessClient } from "../src/gocardless/client.ts";
import {
  eventOf,
  type Instance,
  linkOf,
  paymentEvents,
  register,
  type Stack,
  startStack,
  status,
  TOKEN,
  tap,
} from "./stack.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({
    env: { GOCARDLESS_FALLBACK: "true", WEBHOOK_POLL_SECONDS: "1" },
    // Days pass between these, so the test triggers them.
    goCardless: { lifecycle: { paymentSubmittedMs: null, paymentConfirmedMs: null, paymentEndMs: null } },
  });
  service = await stack.start();
});
afterAll(() => stack.stop());

/** A parent whose bank is not listed finishes GoCardless's page by Direct Debit. */
const paidByFallback = async () => {
  const link = await linkOf(stack, await register(stack.store, { signingFeePence: 4_500, monthlyFeePence: 2_750 }));
  const page = new URL((await tap(service.url, link)).headers.get("location") ?? "");
  const act = `${page.origin}/billing/static/flow/act${page.search}`;
  const done = await fetch(act, { method: "POST", body: new URLSearchParams({ do: "fallback" }), redirect: "manual" });
  expect(done.headers.get("location")).toContain(`/reg_setup/${link}/thanks`);
  const { paymentId = "", mandateId = "" } = await eventOf(stack.store, link, "PaymentFulfilled");
  expect(stack.goCardless.payments.find(({ id }) => id === paymentId)).toMatchObject({
    scheme: "bacs",
    links: { mandate: mandateId },
  });
  await status(stack, link, "paid");
  return { link, paymentId, mandateId };
};

const said = async (link: string) =>
  (await paymentEvents(stack.store, link)).flatMap((event) =>
    event.type === "PaymentStatusChanged" ? event.data.status : [],
  );
const requestOf = (id: string) => stack.goCardless.billingRequests.find((one) => one.id === id);
const advance = (paymentId: string, times: number) => {
  for (let i = 0; i < times; i++) stack.goCardless.advancePayment(paymentId);
};

test("a fallback fee that fails days later is asked for again until the club's own retry collects it", async () => {
  const { link, paymentId } = await paidByFallback();
  advance(paymentId, 1);
  stack.goCardless.failPayment(paymentId);
  await status(stack, link, "failed");
  const again = await eventOf(stack.store, link, "PaymentLinkReopened");
  expect(again).toMatchObject({ feePence: 4_500, mandate: false });
  expect(requestOf(again.requestId)).toMatchObject({ fallback_enabled: true, mandate_request: null });

  const baseUrl = stack.goCardless.url;
  const dashboard = goCardlessClient({ accessToken: TOKEN, environment: "sandbox", baseUrl, timeoutMs: 5_000 });
  await dashboard.payments.retry(paymentId, {});
  advance(paymentId, 2);
  await eventually(async () => (await said(link)).at(-1) === "paid");
  await eventually(() => requestOf(again.requestId)?.status === "cancelled");
});

test("while GoCardless retries nothing is asked for; once it has failed for good, another mandate changes nothing", async () => {
  const { link, paymentId, mandateId } = await paidByFallback();
  advance(paymentId, 1);
  stack.goCardless.failAndRetry(paymentId);
  await eventOf(stack.store, link, "PaymentResubmitted", ({ action }) => action === "failed");
  advance(paymentId, 1);
  await eventOf(stack.store, link, "PaymentResubmitted", ({ action }) => action === "resubmission_requested");
  expect(await said(link)).toEqual(["paid"]);
  expect(stack.goCardless.billingRequests.filter(({ status }) => status === "pending")).toEqual([]);
  advance(paymentId, 1);
  stack.goCardless.failPayment(paymentId);
  const { requestId } = await eventOf(stack.store, link, "PaymentLinkReopened");

  // A fallback creates a mandate even if none was asked for.
  stack.goCardless.payByFallback(requestId);
  await eventually(async () => (await said(link)).join() === "paid,failed,paid");
  const another = stack.goCardless.mandates.at(-1)?.id;
  expect(another).not.toBe(mandateId);
  await eventOf(stack.store, link, "MandateActivated", (data) => data.mandateId === another);
  await eventOf(stack.store, link, "SubscriptionCreated", (data) => data.mandateId === mandateId);
  expect(stack.goCardless.subscriptions.filter(({ links }) => links.mandate === another)).toEqual([]);
});
