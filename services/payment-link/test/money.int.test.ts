import { randomUUID } from "node:crypto";
import { collectionsBetween, daysLater, type PaymentEvent } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { eventually } from "@touchline/testing";
import { metric } from "@touchline/testing/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goCardlessClient } from "../src/gocardless/client.ts";
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
  TOKEN,
  tap,
} from "./stack.ts";
import { tokenCreated } from "./token.ts";

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

const season = (() => {
  const year = new Date().getUTCFullYear() % 100;
  return `${year}${year + 1}`;
})();

/** A family that has paid the fee of £45, with £27.50 a month by Direct Debit. */
const paidFamily = async () => {
  const wish = { signingFeePence: 4_500, monthlyFeePence: 2_750, season };
  const registrationId = await register(stack.store, wish);
  const link = await linkOf(stack, registrationId);
  stack.goCardless.pay(link);
  const { paymentId = "", mandateId = "" } = await eventOf(stack.store, link, "PaymentFulfilled");
  await eventOf(stack.store, link, "PaymentConfirmed");
  const { subscriptionId } = await eventOf(stack.store, link, "SubscriptionCreated");
  return { registrationId, link, paymentId, mandateId, subscriptionId };
};

const months = (link: string, fits: Parameters<typeof eventOf<"MonthlyStatusChanged">>[3]) =>
  eventOf(stack.store, link, "MonthlyStatusChanged", fits);
const client = () =>
  goCardlessClient({ accessToken: TOKEN, environment: "sandbox", baseUrl: stack.goCardless.url, timeoutMs: 5_000 });
const requestOf = (id: string) => stack.goCardless.billingRequests.find((r) => r.id === id);
const ask = (registrationId: string, amountPence: number, refundRequestId: string = randomUUID()) =>
  appendNext(stack.store, `registration-${registrationId}`, {
    type: "RegistrationRefundRequested",
    data: { registrationId, refundRequestId, amountPence, requestedAt: new Date().toISOString() },
  });

describe("a refund", () => {
  test("that the club asks for is made once and shown, and never exceeds what was paid", async () => {
    const { registrationId, link, paymentId } = await paidFamily();
    const id = randomUUID();
    await ask(registrationId, 1_000, id);
    await eventOf(stack.store, link, "RefundCreated", (data) => data.refundRequestId === id);
    await ask(registrationId, 1_000, id);
    await ask(registrationId, 3_600);
    await eventOf(stack.store, link, "RefundRefused", (data) => data.code === "more_than_refundable");
    expect(stack.goCardless.refunds.map(({ amount, links }) => [amount, links.payment])).toEqual([[1_000, paymentId]]);
    const part = await eventOf(stack.store, link, "PaymentStatusChanged", (data) => data.amountRefundedPence === 1_000);
    expect(part.status).toBe("paid");
  });

  test("that GoCardless refuses is recorded once with its reason, and the next one is made", async () => {
    const { registrationId, link } = await paidFamily();
    const low = { kind: "error", code: "available_refund_amount_insufficient", on: "refunds.create" } as const;
    stack.goCardless.faults.set({ requests: [low] });
    const id = randomUUID();
    await ask(registrationId, 500, id);
    const refused = await eventOf(stack.store, link, "RefundRefused", (data) => data.refundRequestId === id);
    expect(refused).toMatchObject({ code: "balance_too_low", reason: expect.stringContaining("balance") as string });
    stack.goCardless.faults.reset();
    const next = randomUUID();
    await ask(registrationId, 500, next);
    await eventOf(stack.store, link, "RefundCreated", (data) => data.refundRequestId === next);
    const made = (await paymentEvents(stack.store, link)).flatMap((e) =>
      e.type === "RefundRefused" || e.type === "RefundCreated" ? (e.data.refundRequestId ?? []) : [],
    );
    expect(made).toEqual([id, next]);
  });

  test("of everything, made at GoCardless in two parts, ends all asking, and the link says so", async () => {
    const { link, paymentId } = await paidFamily();
    stack.goCardless.refundHalf(paymentId);
    stack.goCardless.refundPayment(paymentId);
    const refunded = await status(stack, link, "refunded");
    expect(refunded.amountRefundedPence).toBe(4_500);
    const page = await tap(service.url, link);
    expect([page.status, (await page.text()).includes("Your payment was refunded")]).toEqual([200, true]);
    expect((await paymentEvents(stack.store, link)).some((e) => e.type === "PaymentLinkReopened")).toBe(false);
  });

  test("is found by polling alone, and does not count if it comes back", async () => {
    const { link, paymentId } = await paidFamily();
    stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
    const { id } = stack.goCardless.refundPayment(paymentId);
    await status(stack, link, "refunded");
    stack.goCardless.failRefund(id);
    stack.goCardless.faults.reset();
    await eventOf(stack.store, link, "RefundReturned");
    await eventually(async () => {
      const last = (await paymentEvents(stack.store, link)).findLast((e) => e.type === "PaymentStatusChanged");
      return last?.data.status === "paid" && last.data.amountRefundedPence === undefined;
    });
  });
});

describe("a month", () => {
  test("that fails for good is asked for through the link, with a mandate if that is gone, and settled by paying", async () => {
    const { link, mandateId, subscriptionId } = await paidFamily();
    const month = stack.goCardless.collectNext(subscriptionId);
    await eventOf(stack.store, link, "MonthlyPaymentDated", (data) => data.amountPence === 2_750);
    stack.goCardless.failPayment(month.id);
    const { requestId } = await eventOf(stack.store, link, "PaymentLinkReopened");
    expect(requestOf(requestId)).toMatchObject({ payment_request: { amount: 2_750 }, mandate_request: null });
    await months(link, (data) => data.behindPence === 2_750 && data.monthsMissed === 1);
    stack.goCardless.cancelMandate(mandateId);
    const both = await eventOf(stack.store, link, "PaymentLinkReopened", (data) => data.mandate);
    expect(both).toMatchObject({ feePence: 0, months: [month.id], monthsPence: 2_750, replaces: requestId });
    await months(link, (data) => data.mandate === "gone");
    expect((await tap(service.url, link)).status).toBe(303);
    stack.goCardless.pay(both.requestId);
    await months(link, (data) => data.behindPence === 0 && data.mandate === "active");
    expect(await metric(service.url, "touchline_monthly_payments_total", 'outcome="failed"')).toBe(1);
  });

  test("whose day passed after its mandate had ended is asked for through the link, with another mandate", async () => {
    const today = londonDay(new Date());
    const [start = ""] = collectionsBetween(daysLater(today, -60), today, 1);
    const gone = daysLater(start, -10);
    const link = `BRQ${randomUUID().replaceAll("-", "").slice(0, 10).toUpperCase()}`;
    const at = (day: string) => `${day}T10:00:00.000Z`;
    const reported = (type: PaymentEvent["type"], more: object) =>
      ({
        type,
        data: { billingRequestId: link, occurredAt: at(gone), via: "webhook", action: type, ...more },
      }) as PaymentEvent;
    const begun = {
      registrationId: randomUUID(),
      season,
      createdAt: at(daysLater(start, -20)),
      billingRequestId: link,
    };
    const plan = { subscriptionId: "SBOLD", mandateId: "MDOLD", amountPence: 2_750, dayOfMonth: 1, payments: 8 };
    const events: PaymentEvent[] = [
      tokenCreated(begun),
      reported("PaymentFulfilled", { requestId: link, paymentId: `PM${link}` }),
      reported("MandateFailed", { mandateId: "MDOLD" }),
      {
        type: "SubscriptionCreated",
        data: { billingRequestId: link, ...plan, startDate: start, createdAt: at(gone) },
      },
      reported("SubscriptionEnded", { subscriptionId: "SBOLD", cause: "mandate_cancelled" }),
    ];
    const stored = events.map((event) => ({ id: randomUUID(), ...event, metadata: { service: "test" } }));
    await stack.store.append(`payment-${link}`, stored, "no_stream");

    const missed = collectionsBetween(start, daysLater(today, -3), 1);
    const months = missed.map((day) => day.slice(0, 7));
    const monthsPence = 2_750 * missed.length;
    const asked = await eventOf(stack.store, link, "PaymentLinkReopened");
    expect(asked).toMatchObject({
      feePence: 0,
      mandate: true,
      months,
      monthsPence,
      missedAt: `${missed.at(-1)}T00:00:00.000Z`,
    });
    await eventOf(stack.store, link, "MonthlyStatusChanged", (data) => data.behindPence === monthsPence);
    stack.goCardless.pay(asked.requestId);
    await eventOf(stack.store, link, "MonthlyStatusChanged", (data) => data.behindPence === 0);
    const said = (await paymentEvents(stack.store, link)).filter(({ type }) => type === "MonthlyFeeMissed");
    expect(said).toHaveLength(missed.length);
  });

  test("is not asked for while GoCardless retries", async () => {
    const { link, subscriptionId } = await paidFamily();
    const month = stack.goCardless.collectNext(subscriptionId);
    stack.goCardless.failAndRetry(month.id);
    await eventOf(stack.store, link, "MonthlyPaymentRetried");
    stack.goCardless.advancePayment(month.id);
    await eventOf(stack.store, link, "MonthlyPaymentRetried", (data) => data.action === "resubmission_requested");
    expect((await paymentEvents(stack.store, link)).some((e) => e.type === "PaymentLinkReopened")).toBe(false);
    stack.goCardless.failPayment(month.id);
    await months(link, (data) => data.monthsMissed === 1);
  });

  test("that comes in both ways shows as paid twice until it is refunded", async () => {
    const { registrationId, link, subscriptionId } = await paidFamily();
    const month = stack.goCardless.collectNext(subscriptionId);
    stack.goCardless.failPayment(month.id);
    const { requestId } = await eventOf(stack.store, link, "PaymentLinkReopened");
    stack.goCardless.pay(requestId);
    await months(link, (data) => data.behindPence === 0);
    // The club does this in the dashboard.
    await client().payments.retry(month.id, {});
    while (stack.goCardless.payments.find(({ id }) => id === month.id)?.status !== "confirmed") {
      stack.goCardless.advancePayment(month.id);
    }
    await months(link, (data) => data.paidTwicePence === 2_750);
    await ask(registrationId, 2_750);
    await months(link, (data) => data.paidTwicePence === 0);
  });
});
