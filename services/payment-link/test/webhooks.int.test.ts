import { randomUUID } from "node:crypto";
import { eventually } from "@touchline/testing";
import { metric } from "@touchline/testing/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goCardlessClient } from "../src/gocardless/client.ts";
import {
  cancelRegistration,
  eventOf,
  type Instance,
  linkOf,
  paymentEvents,
  register,
  type Stack,
  startStack,
  status,
  tap,
  type Wish,
} from "./stack.ts";
import { providerEvent, sendBody, webhookBody } from "./webhook.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({
    env: { WEBHOOK_POLL_SECONDS: "1" },
    goCardless: { lifecycle: { mandateActiveMs: 30, paymentEndMs: null } },
  });
  service = await stack.start();
});
afterAll(() => stack.stop());

const newLink = async (wish?: Wish) => linkOf(stack, await register(stack.store, wish));
const request = (id: string) => stack.goCardless.billingRequests.find((r) => r.id === id);
const requestsOf = (registrationId: string) =>
  stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === registrationId);
const subscriptionsOn = (mandate: string) => stack.goCardless.subscriptions.filter((s) => s.links.mandate === mandate);

const send = (events: unknown[], by: { secret?: string; header?: string } = {}) =>
  sendBody(service.url, webhookBody(events), by);

const made = (action: string, links: object, more: object = {}) => providerEvent("payments", action, links, more);

const paidLink = async (wish?: Wish) => {
  const registrationId = await register(stack.store, wish);
  const link = await linkOf(stack, registrationId);
  stack.goCardless.pay(link);
  const { paymentId = "", mandateId = "" } = await eventOf(stack.store, link, "PaymentFulfilled");
  await eventOf(stack.store, link, "PaymentConfirmed");
  return { registrationId, link, paymentId, mandateId };
};

describe("a webhook", () => {
  test("with a bad or missing signature gets 498 and leaves nothing", async () => {
    const link = await newLink();
    const event = made("fulfilled", { billing_request: link }, { resource_type: "billing_requests" });
    expect((await send([event], { secret: "wrong" })).status).toBe(498);
    expect((await send([event], { header: "x-other" })).status).toBe(498);
    expect((await paymentEvents(stack.store, link)).map((e) => e.type)).toEqual(["PaymentTokenCreated"]);
    expect(await stack.store.read(`payment-${event.id}`)).toEqual([]);
  });

  test("of 250 events is on disk before the 204, once, however often it comes", async () => {
    const links = await Promise.all(Array.from({ length: 10 }, () => newLink()));
    const batch = Array.from({ length: 250 }, (_, i) =>
      made("bank_authorisation_failed", { billing_request: links[i % 10] }, { resource_type: "billing_requests" }),
    );
    for (let i = 0; i < 3; i++) expect((await send(batch)).status).toBe(204);
    const counts = await Promise.all(
      links.map(
        async (l) => (await paymentEvents(stack.store, l)).filter((e) => e.type === "BankAuthorisationFailed").length,
      ),
    );
    expect(counts).toEqual(Array(10).fill(25));
  });

  test("that comes many times at once counts once", async () => {
    const link = await newLink();
    const counted = () => metric(service.url, "touchline_monthly_payments_total", 'outcome="failed"');
    const before = await counted();
    const more = {
      resource_metadata: { registration_id: request(link)?.metadata.registration_id, purpose: "monthly_fee" },
    };
    for (let i = 0; i < 3; i++) {
      const links = { payment: `PM${randomUUID()}` };
      const event = made("failed", links, more);
      const answers = await Promise.all(Array.from({ length: 8 }, () => send([event])));
      expect(answers.map((a) => a.status)).toEqual(Array(8).fill(204));
      // The same reversal, settled from a payout.
      expect((await send([made("late_failure_settled", links, more)])).status).toBe(204);
    }
    const recorded = (await paymentEvents(stack.store, link)).filter((e) => e.type === "MonthlyPaymentFailed");
    expect([recorded.length, (await counted()) - before]).toEqual([6, 3]);
  });

  test("about something unknown is parked once, counted and answered with 204", async () => {
    const unknown = made("teleported", { spaceship: "SS1" }, { resource_type: "spaceships" });
    const foreign = made("confirmed", { payment: "PMNOTOURS" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send([unknown, foreign, 7, null])));
    expect(answers.map((a) => a.status)).toEqual(Array(8).fill(204));
    expect(await metric(service.url, "touchline_provider_events_total", 'result="unknown_type"')).toBe(1);
    const parked = await stack.store.read(`payment-${unknown.id}`);
    expect(parked.map((e) => [e.type, e.data])).toMatchObject([
      ["ProviderEventParked", { reason: "unknown_type", resourceType: "spaceships", action: "teleported" }],
    ]);
    await eventually(
      async () => (await metric(service.url, "touchline_provider_events_parked", 'reason="unknown_type"')) === 1,
    );
    expect((await stack.store.read(`payment-${foreign.id}`))[0]?.data).toMatchObject({ reason: "unmatched" });
  });

  test("that comes before what it is about is placed later", async () => {
    const link = await newLink();
    const early = made("failed", { payment: "PMEARLY1" });
    expect((await send([early])).status).toBe(204);
    const links = { billing_request: link, payment_request_payment: "PMEARLY1", mandate_request_mandate: "MDEARLY1" };
    const before = new Date(Date.now() - 60_000).toISOString();
    await send([made("fulfilled", links, { resource_type: "billing_requests", created_at: before })]);
    await eventOf(stack.store, link, "PaymentFailed", (data) => data.providerEventId === early.id);
    await status(stack, link, "failed");
    await eventually(
      async () => (await stack.store.read(`payment-${early.id}`)).at(-1)?.type === "ProviderEventMatched",
    );
  });

  test("that is not a webhook is refused, but a missing field is not", async () => {
    expect((await sendBody(service.url, "{")).status).toBe(400);
    expect((await send([{ id: "EV1", resource_type: "payments", action: "confirmed" }])).status).toBe(204);
  });
});

describe("when money goes back", () => {
  test("a charge-back reopens the link once, for the fee alone, under the same URL", async () => {
    const { registrationId, link, paymentId, mandateId } = await paidLink({ signingFeePence: 4_500 });
    await eventOf(stack.store, link, "MandateActivated");
    stack.goCardless.chargeBack(paymentId);
    await status(stack, link, "charged_back");
    const { requestId } = await eventOf(stack.store, link, "PaymentLinkReopened");
    const answers = await Promise.all(Array.from({ length: 10 }, () => tap(service.url, link)));
    expect(answers.map((a) => a.status)).toEqual(Array(10).fill(303));
    expect(requestsOf(registrationId)).toHaveLength(2);
    const again = request(requestId);
    expect([again?.payment_request?.amount, again?.mandate_request]).toEqual([4_500, null]);
    const flow = stack.goCardless.flows.find((f) => f.authorisation_url === answers[0]?.headers.get("location"));
    expect(flow?.links.billing_request).toBe(requestId);
    expect(flow?.redirect_uri).toContain(`/reg_setup/${link}/thanks`);

    stack.goCardless.pay(requestId);
    await eventOf(stack.store, link, "PaymentFulfilled", (data) => data.requestId === requestId);
    await eventually(async () => {
      const all = (await paymentEvents(stack.store, link)).flatMap((e) =>
        e.type === "PaymentStatusChanged" ? [e.data.status] : [],
      );
      return all.join() === "paid,charged_back,paid";
    });
    expect(subscriptionsOn(mandateId)).toHaveLength(1);
  });

  test("with an ended mandate, both are asked for in one request", async () => {
    const { registrationId, link, paymentId, mandateId } = await paidLink();
    await eventOf(stack.store, link, "MandateActivated");
    stack.goCardless.failMandate(mandateId);
    await eventOf(stack.store, link, "MandateFailed");
    stack.goCardless.failPayment(paymentId);
    await status(stack, link, "failed");
    expect(await eventOf(stack.store, link, "PaymentLinkReopened")).toMatchObject({ feePence: 100, mandate: true });
    expect(requestsOf(registrationId)).toHaveLength(2);
  });

  test("but only a mandate ended, it is asked for when the parent opens the link", async () => {
    const { registrationId, link, mandateId } = await paidLink();
    await eventOf(stack.store, link, "MandateActivated");
    stack.goCardless.cancelMandate(mandateId);
    await eventOf(stack.store, link, "MandateFailed");
    await eventually(async () => (await tap(service.url, link)).status === 303);
    const again = requestsOf(registrationId).find((r) => r.id !== link);
    expect([again?.payment_request, again?.mandate_request?.scheme]).toEqual([null, "bacs"]);
  });

  test("while only the mandate is asked for, both are asked for in one request, until it comes back", async () => {
    const { registrationId, link, paymentId, mandateId } = await paidLink();
    await eventOf(stack.store, link, "MandateActivated");
    stack.goCardless.cancelMandate(mandateId);
    await eventOf(stack.store, link, "MandateFailed");
    await eventually(async () => (await tap(service.url, link)).status === 303);
    const mandateOnly = await eventOf(stack.store, link, "PaymentLinkReopened");
    stack.goCardless.chargeBack(paymentId);
    const both = await eventOf(stack.store, link, "PaymentLinkReopened", (data) => data.feePence > 0);
    expect(both).toMatchObject({ feePence: 100, mandate: true, replaces: mandateOnly.requestId });
    expect(request(mandateOnly.requestId)?.status).toBe("cancelled");
    stack.goCardless.cancelChargeBack(paymentId);
    await eventually(() => request(both.requestId)?.status === "cancelled");
    await eventually(async () => (await tap(service.url, link)).status === 303);
    const open = requestsOf(registrationId).filter((r) => !["cancelled", "fulfilled"].includes(r.status));
    expect(open.map((r) => [r.payment_request, r.mandate_request?.scheme])).toEqual([[null, "bacs"]]);
  });

  test("and a charge-back is withdrawn, nobody can pay a second time", async () => {
    const { link, paymentId } = await paidLink();
    stack.goCardless.chargeBack(paymentId);
    const { requestId } = await eventOf(stack.store, link, "PaymentLinkReopened");
    stack.goCardless.cancelChargeBack(paymentId);
    await eventually(() => request(requestId)?.status === "cancelled");
    await eventOf(stack.store, link, "PaymentTokenCancelled", (data) => data.by === "us");
    expect(await (await tap(service.url, link)).text()).toContain("Already paid");
  });
});

describe("the monthly fee", () => {
  test("is collected by one subscription with an end, on a day that GoCardless accepts", async () => {
    const { link, mandateId } = await paidLink({ monthlyFeePence: 2_750, preferredPaymentDay: 30 });
    const created = await eventOf(stack.store, link, "SubscriptionCreated");
    const [subscription, ...others] = subscriptionsOn(mandateId);
    expect(others).toEqual([]);
    expect(subscription).toMatchObject({
      amount: 2_750,
      day_of_month: -1,
      interval_unit: "monthly",
      count: created.payments,
    });
    expect(created.startDate).toBe(subscription?.start_date);
    const next = stack.goCardless.mandates.find((m) => m.id === mandateId)?.next_possible_charge_date ?? "";
    expect(created.startDate >= next).toBe(true);
  });

  test("of nothing means no mandate and no subscription", async () => {
    const { link } = await paidLink({ monthlyFeePence: 0 });
    expect(request(link)?.mandate_request).toBeNull();
    expect((await paymentEvents(stack.store, link)).some((e) => e.type === "SubscriptionCreated")).toBe(false);
  });

  test("that could not be collected is recorded and does not affect the signing-on fee", async () => {
    const { link, mandateId } = await paidLink();
    const { subscriptionId } = await eventOf(stack.store, link, "SubscriptionCreated");
    const payment = stack.goCardless.collectNext(subscriptionId);
    await eventOf(stack.store, link, "MonthlyPaymentCreated", (data) => data.paymentId === payment.id);
    const before = await metric(service.url, "touchline_monthly_payments_total", 'outcome="failed"');
    stack.goCardless.failPayment(payment.id);
    await eventOf(stack.store, link, "MonthlyPaymentFailed", (data) => data.paymentId === payment.id);
    expect(await metric(service.url, "touchline_monthly_payments_total", 'outcome="failed"')).toBe(before + 1);
    expect((await paymentEvents(stack.store, link)).filter((e) => e.type === "PaymentStatusChanged")).toHaveLength(1);
    expect(subscriptionsOn(mandateId)).toHaveLength(1);
  });

  test("that GoCardless refuses is recorded; one that it cannot take now is retried", async () => {
    stack.goCardless.faults.set({
      requests: [{ kind: "error", code: "validation_failed", on: "subscriptions.create", times: 1 }],
    });
    const refused = await paidLink();
    await eventOf(stack.store, refused.link, "SubscriptionRefused", (data) => data.code === "validation_failed");
    stack.goCardless.faults.set({
      requests: [{ kind: "status", status: 503, body: "html", on: "subscriptions.create", times: 2 }],
    });
    const delayed = await paidLink();
    await eventOf(stack.store, delayed.link, "SubscriptionCreated");
    stack.goCardless.faults.reset();
  });
});

/** A season that is running whenever the test runs, because no mandate is asked for after it. */
const lasting = { season: "2099" };

test("when a season is configured late, families that paid in the meantime get their subscription at the next start", async () => {
  await service.stop();
  service = await stack.start({ SEASON_START: "2020-09-01", SEASON_END: "2021-05-31" });
  const { link, mandateId } = await paidLink(lasting);
  await eventOf(stack.store, link, "MandateActivated");
  await eventually(
    async () => (await metric(service.url, "touchline_messages_settled_total", "payment-link-follow-up")) > 0,
  );
  await service.stop();
  expect(subscriptionsOn(mandateId)).toEqual([]);
  service = await stack.start();
  const { subscriptionId } = await eventOf(stack.store, link, "SubscriptionCreated");
  expect(subscriptionsOn(mandateId).map(({ id }) => id)).toEqual([subscriptionId]);
});

test("a subscription that was created but not recorded ends with the registration", async () => {
  await service.stop();
  // Out of season, the service creates none itself.
  service = await stack.start({ SEASON_START: "2020-09-01", SEASON_END: "2021-05-31" });
  const { registrationId, link, mandateId } = await paidLink(lasting);
  await eventOf(stack.store, link, "MandateActivated");
  const client = goCardlessClient({
    accessToken: stack.env.GOCARDLESS_ACCESS_TOKEN ?? "",
    environment: "sandbox",
    baseUrl: stack.goCardless.url,
    timeoutMs: 5_000,
  });
  const subscribe = async (purpose: string) => {
    const { id = "" } = await client.subscriptions.create({
      amount: 2_750,
      currency: "GBP",
      interval_unit: "monthly",
      metadata: { registration_id: registrationId, purpose },
      links: { mandate: mandateId },
    });
    return id;
  };
  const ours = await subscribe("monthly_fee");
  const treasurers = await subscribe("kit");
  await cancelRegistration(stack.store, registrationId);
  const ended = await eventOf(stack.store, link, "SubscriptionEnded");
  expect(ended.subscriptionId).toBe(ours);
  const states = Object.fromEntries(subscriptionsOn(mandateId).map(({ id, status }) => [id, status]));
  expect(states).toEqual({ [ours]: "cancelled", [treasurers]: "active" });
  await service.stop();
  service = await stack.start();
});

describe("lost webhooks heal", () => {
  test("with every webhook dropped, everything is found by polling", async () => {
    stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
    const before = await metric(service.url, "touchline_webhooks_recovered_total");
    const links = await Promise.all(Array.from({ length: 5 }, () => newLink()));
    for (const link of links) stack.goCardless.pay(link);
    for (const link of links) {
      await status(stack, link, "paid");
      await eventOf(stack.store, link, "PaymentConfirmed", (data) => data.via === "poll");
      await eventOf(stack.store, link, "SubscriptionCreated");
    }
    await eventually(async () => (await metric(service.url, "touchline_webhooks_recovered_total")) >= before + 15);
    stack.goCardless.faults.reset();
  });
});

describe("a cancelled registration", () => {
  test("cancels its billing request, and the link says so", async () => {
    const registrationId = await register(stack.store);
    const link = await linkOf(stack, registrationId);
    await cancelRegistration(stack.store, registrationId);
    await eventually(() => request(link)?.status === "cancelled");
    await status(stack, link, "cancelled");
    await eventOf(stack.store, link, "PaymentTokenCancelled", (data) => data.by === "us");
    const answer = await tap(service.url, link);
    expect([answer.status, (await answer.text()).includes("cancelled")]).toEqual([410, true]);
  });

  test("gets no billing request if it was cancelled first, and none stays open if both come at once", async () => {
    const registrationId = randomUUID();
    await register(stack.store, { registrationId });
    await cancelRegistration(stack.store, registrationId);
    await eventually(
      async () =>
        requestsOf(registrationId).every((r) => r.status === "cancelled") && (await settledFor(registrationId)),
    );
  });

  /** Either nothing was created, or it is closed. */
  const settledFor = async (registrationId: string) => {
    const made = requestsOf(registrationId)[0];
    if (!made) return (await metric(service.url, "touchline_payment_tokens_total", 'outcome="cancelled"')) > 0;
    return (await paymentEvents(stack.store, made.id)).some((e) => e.type === "PaymentLinkClosed");
  };
});
