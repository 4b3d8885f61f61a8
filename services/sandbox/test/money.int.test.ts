import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GoCardlessOptions, type GoCardlessStandIn, startGoCardlessStandIn } from "../src/index.ts";
import { seeded } from "../src/stand-in/random.ts";
import { clientFor, thrown } from "./gocardless-client.ts";

const accessToken = "sandbox_token";
let standIn: GoCardlessStandIn;

const restart = async (options: Partial<GoCardlessOptions> = {}) => {
  await standIn?.stop();
  standIn = await startGoCardlessStandIn({ accessToken, webhookSecret: "a-secret", ...options });
};
beforeEach(() => restart());
afterEach(() => standIn.stop());

const client = () => clientFor(standIn.url, accessToken);
const metadata = { registration_id: "r1" };

/** A family that has paid its fee, and has a mandate and a subscription. */
const family = async (registration = "r1", amount = 4_500) => {
  const of = { registration_id: registration };
  const request = await client().billingRequests.create({
    payment_request: { amount, currency: "GBP", metadata: of },
    mandate_request: { currency: "GBP", scheme: "bacs", metadata: of },
    fallback_enabled: true,
    metadata: of,
  });
  const { links } = standIn.pay(request.id);
  await standIn.settled();
  const mandate = links.mandate_request_mandate ?? "";
  return { payment: links.payment_request_payment ?? "", mandate, customer: links.customer ?? "" };
};
const subscribe = async (mandate: string, retry_if_possible = true) => {
  const monthly = { amount: 2_750, currency: "GBP", interval_unit: "monthly", day_of_month: 1, count: 3 } as const;
  const made = await client().subscriptions.create({ ...monthly, retry_if_possible, metadata, links: { mandate } });
  return made.id ?? "";
};
const said = (type: string) =>
  standIn.events.filter(({ resource_type }) => resource_type === type).map(({ action }) => action);
const tenths = (payout: string) =>
  standIn.books.payouts.find(({ id }) => id === payout)?.items.map((one) => [one.type, one.amountTenthPence]);
const refund = (payment: string, amount: number, total: number, key?: string) =>
  client().refunds.create({ amount, total_amount_confirmation: total, metadata, links: { payment } }, key);

describe("refunds", () => {
  it("give a part and then the rest back, once per key", async () => {
    const { payment } = await family();
    const first = await refund(payment, 1_000, 1_000, "k1");
    expect(first).toMatchObject({
      id: expect.stringMatching(/^RF/) as string,
      status: "created",
      amount: 1_000,
      links: { payment },
    });
    expect(await thrown(refund(payment, 1_000, 1_000, "k1"))).toMatchObject({ conflictingResourceId: first.id });
    await refund(payment, 3_500, 4_500);
    await standIn.settled();
    expect((await client().payments.find(payment)).amount_refunded).toBe(4_500);
    expect((await client().refunds.list({ payment })).refunds.map(({ status }) => status)).toEqual(["paid", "paid"]);
    expect(said("refunds").toSorted()).toEqual(["created", "created", "paid", "paid"]);
    expect(standIn.events.find(({ resource_type }) => resource_type === "refunds")).toMatchObject({
      action: "created",
      links: { refund: first.id },
      resource_metadata: metadata,
    });
    expect(standIn.books.registrations.r1?.keptPence).toBe(0);
  });

  it("are refused as documented", async () => {
    const { payment } = await family();
    const reason = async (call: Promise<unknown>) => (await thrown(call)).errors?.[0]?.reason;
    expect(await reason(refund(payment, 1_000, 2_000))).toBe("total_amount_confirmation_invalid");
    expect(await thrown(refund(payment, 4_501, 4_501))).toMatchObject({ errors: [{ field: "amount" }] });
    expect(await reason(refund("PM404", 1, 1))).toBe("link_not_found");
    for (let i = 1; i <= 25; i += 1) await refund(payment, 1, i);
    expect(await reason(refund(payment, 1, 26))).toBe("number_of_refunds_exceeded");
    standIn.chargeBack(payment);
    expect(await reason(refund(payment, 1, 26))).toBe("refund_payment_invalid_state");
  });

  it("made in the dashboard may fail, even after a payout included them, and come back in another payout", async () => {
    const { payment } = await family();
    const { id } = standIn.refundPayment(payment, 2_000);
    await standIn.settled();
    await family("r2");
    expect(said("refunds")).toEqual(["created", "paid", "refund_settled"]);
    standIn.failRefund(id);
    expect(standIn.payments[0]?.amount_refunded).toBe(0);
    await family("r3");
    expect(said("refunds").slice(3)).toEqual(["failed", "funds_returned"]);
    expect((await client().refunds.find(id)).status).toBe("funds_returned");
    expect(() => standIn.failRefund(id)).toThrow("funds_returned");
  });

  it("and charge-backs of the same payment both go to the payer", async () => {
    const { payment } = await family();
    standIn.refundPayment(payment, 2_000);
    standIn.chargeBack(payment);
    expect(standIn.books.registrations.r1?.keptPence).toBe(-2_000);
    standIn.cancelChargeBack(payment);
    expect(standIn.books.registrations.r1?.keptPence).toBe(2_500);
  });
});

describe("payouts", () => {
  it("are the sum of their items, and name their payments", async () => {
    const { payment } = await family();
    const [payout] = standIn.payouts;
    expect(payout).toMatchObject({ status: "paid", amount: 4_435, deducted_fees: 65 });
    expect(tenths(payout?.id ?? "")).toEqual([
      ["payment_paid_out", 45_000],
      ["gocardless_fee", -650],
    ]);
    expect((await client().payments.find(payment)).links?.payout).toBe(payout?.id);
    expect(standIn.events.find(({ action }) => action === "paid_out")?.links).toEqual({ payment, payout: payout?.id });
    expect(said("payouts")).toEqual(["paid"]);
  });

  it("round half pence of fees, and add up to what is left", async () => {
    const { mandate } = await family();
    standIn.collectNext(await subscribe(mandate));
    await standIn.settled();
    // The fee of £27.50 is 47.5p.
    expect(standIn.payouts.at(-1)).toMatchObject({ amount: 2_703, deducted_fees: 48 });
    const items = await client().payoutItems.list({ payout: standIn.payouts.at(-1)?.id ?? "" });
    expect(items.payout_items).toMatchObject([
      { type: "gocardless_fee", amount: "-47.5" },
      { type: "payment_paid_out", amount: "2750.0" },
    ]);
  });

  it("deduct reversals with their fees, and never fall below zero", async () => {
    const { payment } = await family();
    standIn.chargeBack(payment);
    await family("r2", 1_000);
    // £45 cannot be taken off £10: only the fee of the reversal is in this one.
    expect(tenths(standIn.payouts.at(-1)?.id ?? "")).toEqual([
      ["gocardless_fee", 650],
      ["payment_paid_out", 10_000],
      ["gocardless_fee", -300],
    ]);
    expect(said("payments")).not.toContain("chargeback_settled");
    await family("r3", 9_000);
    expect(said("payments").at(-1)).toBe("chargeback_settled");
    expect(standIn.books.unsettled).toEqual([]);
  });

  it("ignore a charge-back that is undone before a payout includes it, and repay one that is undone later", async () => {
    const { payment } = await family();
    standIn.chargeBack(payment);
    standIn.cancelChargeBack(payment);
    expect(standIn.books.unsettled).toEqual([]);
    standIn.chargeBack(payment);
    await family("r2", 9_000);
    standIn.cancelChargeBack(payment);
    expect(standIn.books.unsettled.map((one) => one.amountTenthPence)).toEqual([45_000, -650]);
    expect(standIn.books.registrations.r1?.keptPence).toBe(4_500);
  });

  it("keep their items for six months", async () => {
    let today = new Date("2026-09-01T12:00:00.000Z");
    await restart({ runtime: { ...systemRuntime(), now: () => today } });
    await family();
    const payout = standIn.payouts[0]?.id ?? "";
    expect(await thrown(client().payoutItems.list({}))).toMatchObject({ code: 422 });
    expect(await thrown(client().payoutItems.list({ payout: "PO404" }))).toMatchObject({ code: 404 });
    expect((await client().payoutItems.list({ payout, limit: 1 })).meta.cursors.after).not.toBeNull();
    today = new Date("2027-03-15T12:00:00.000Z");
    expect(await thrown(client().payoutItems.list({ payout }))).toMatchObject({ code: 410 });
  });
});

it("keeps books that balance, whatever happens in whatever order", async () => {
  const random = seeded(20_260_901);
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)];
  const acts = [
    "failPayment",
    "failAndRetry",
    "chargeBack",
    "cancelChargeBack",
    "refundHalf",
    "refundPayment",
  ] as const;
  const { mandate } = await family();
  const monthly = await subscribe(mandate);
  for (let i = 0; i < 3; i++) standIn.collectNext(monthly);
  for (let i = 0; i < 20; i++) await family(`r${i}`);
  for (let i = 0; i < 300; i++) {
    const act = random() < 0.2 ? "failRefund" : (pick(acts) ?? "chargeBack");
    const ids = (act === "failRefund" ? standIn.refunds : standIn.payments).map((one) => one.id);
    const id = pick(ids) ?? "";
    try {
      standIn[act](id);
    } catch {
      // Its state does not allow this.
    }
    if (random() < 0.1) await standIn.settled();
  }
  await standIn.settled();
  const { payouts, registrations, unsettled } = standIn.books;
  const items = [...payouts.flatMap((payout) => payout.items), ...unsettled];
  const sum = (of: readonly { readonly amountTenthPence: number }[]) =>
    of.reduce((all, one) => all + one.amountTenthPence, 0);
  for (const { payments } of Object.values(registrations)) {
    for (const { id, status, amountPence, refundedPence } of payments) {
      const [fees, money] = [true, false].map((isFee) =>
        sum(items.filter(({ type, payment }) => payment === id && (type === "gocardless_fee") === isFee)),
      );
      const paid = status === "paid_out";
      expect([id, money]).toEqual([id, 10 * ((paid ? amountPence : 0) - refundedPence)]);
      expect([id, fees]).toEqual([id, paid ? -(amountPence / 10 + 200) : 0]);
    }
  }
  for (const payout of payouts) expect(payout.amountPence).toBe(Math.round(sum(payout.items) / 10));
  expect(Math.min(...payouts.map(({ amountPence }) => amountPence))).toBeGreaterThanOrEqual(0);
  expect(new Set(items.map(({ type }) => type)).size).toBe(6);
});

describe("monthly collections", () => {
  it("continue where the last one stopped, and finish", async () => {
    const { mandate } = await family();
    const id = await subscribe(mandate);
    const days = standIn.subscriptions[0]?.upcoming_payments.map(({ charge_date }) => charge_date) ?? [];
    const collected = days.map(() => standIn.collectNext(id).charge_date);
    expect(collected).toEqual(days);
    expect((await client().subscriptions.find(id)).status).toBe("finished");
    expect(said("subscriptions")).toEqual([
      "created",
      "payment_created",
      "payment_created",
      "payment_created",
      "finished",
    ]);
  });

  it.each([
    ["its count", { count: 12 }, 12],
    ["its end date", { start_date: "2026-09-01", end_date: "2027-09-01" }, 12],
    ["nothing", {}, 25],
  ])("go on past the ten that are shown, until %s ends them", async (_name, bounds, times) => {
    await restart({ runtime: { ...systemRuntime(), now: () => new Date("2026-08-01T12:00:00.000Z") } });
    const { mandate } = await family();
    const monthly = { amount: 2_750, currency: "GBP", interval_unit: "monthly", day_of_month: 1 } as const;
    const { id = "", upcoming_payments } = await client().subscriptions.create({
      ...monthly,
      ...bounds,
      links: { mandate },
    });
    expect(upcoming_payments).toHaveLength(10);
    const days = Array.from({ length: times }, () => standIn.collectNext(id).charge_date);
    expect(days).toEqual(
      Array.from({ length: times }, (_, month) => new Date(Date.UTC(2026, 8 + month)).toISOString().slice(0, 10)),
    );
    const { status, upcoming_payments: left } = await client().subscriptions.find(id);
    expect([status, left?.length]).toEqual(times === 12 ? ["finished", 0] : ["active", 10]);
  });

  it("collect all of their count after a pause", async () => {
    let today = new Date("2026-08-01T12:00:00.000Z");
    await restart({ runtime: { ...systemRuntime(), now: () => today } });
    const { mandate } = await family();
    const id = await subscribe(mandate);
    expect(standIn.collectNext(id).charge_date).toBe("2026-09-01");
    await client().subscriptions.pause(id, {});
    today = new Date("2026-11-10T12:00:00.000Z");
    const { upcoming_payments } = await client().subscriptions.resume(id, {});
    expect(upcoming_payments?.map(({ charge_date }) => charge_date)).toEqual(["2026-12-01", "2027-01-01"]);
  });

  it("are skipped while paused", async () => {
    const { mandate } = await family();
    const id = await subscribe(mandate);
    expect((await client().subscriptions.pause(id, {})).upcoming_payments).toEqual([]);
    expect(() => standIn.collectNext(id)).toThrow("nothing left");
    expect((await client().subscriptions.resume(id, {})).upcoming_payments).toHaveLength(3);
    const one = standIn.collectNext(id);
    expect(standIn.cancelPayment(one.id).status).toBe("cancelled");
    expect(standIn.events.at(-1)).toMatchObject({ action: "cancelled", details: { cause: "payment_cancelled" } });
    standIn.cancelMandate(mandate);
    expect(said("subscriptions").slice(2)).toEqual(["resumed", "payment_created", "cancelled"]);
  });

  it("that fail are retried on a later day where that is allowed", async () => {
    await restart({ lifecycle: { paymentEndMs: null, paymentConfirmedMs: null } });
    const { mandate } = await family();
    const payment = standIn.collectNext(await subscribe(mandate));
    standIn.advancePayment(payment.id);
    expect(standIn.failAndRetry(payment.id).status).toBe("failed");
    const failed = standIn.events.at(-1);
    expect(failed?.details).toMatchObject({ will_attempt_retry: true, cause: "insufficient_funds" });
    expect(standIn.advancePayment(payment.id).charge_date > payment.charge_date).toBe(true);
    expect(standIn.events.at(-1)).toMatchObject({
      action: "resubmission_requested",
      details: { cause: "payment_autoretried" },
    });
    const strict = standIn.collectNext(await subscribe(mandate, false));
    expect(() => standIn.failAndRetry(strict.id)).toThrow("not retried");
  });

  it("can be retried by hand three times, on an active mandate", async () => {
    const { mandate } = await family();
    const { id } = standIn.collectNext(await subscribe(mandate));
    await standIn.settled();
    for (let i = 0; i < 3; i++) {
      standIn.failPayment(id);
      await client().payments.retry(id, {});
      await standIn.settled();
    }
    standIn.failPayment(id);
    const refused = { errors: [{ reason: "retry_failed" }] };
    expect(await thrown(client().payments.retry(id, {}))).toMatchObject(refused);
    const other = standIn.collectNext(standIn.subscriptions[0]?.id ?? "").id;
    standIn.failPayment(other);
    standIn.expireMandate(mandate);
    expect(await thrown(client().payments.retry(other, {}))).toMatchObject(refused);
  });

  it("that were paid out, failed and were retried are no longer in the first payout", async () => {
    await restart({ lifecycle: { paymentEndMs: null, paymentConfirmedMs: null } });
    const { mandate } = await family();
    const { id } = standIn.collectNext(await subscribe(mandate));
    const steps = (count: number) => {
      for (let i = 0; i < count; i++) standIn.advancePayment(id);
    };
    steps(3);
    standIn.failAndRetry(id);
    steps(3);
    standIn.chargeBack(id);
    // It was not paid out again, so there is nothing to correct.
    expect(standIn.cancelChargeBack(id)).toMatchObject({ status: "confirmed", path: ["paid_out"] });
    steps(1);
    const money = standIn.books.payouts.flatMap(({ items }) => items).filter(({ type }) => type.startsWith("payment_"));
    expect(money.map(({ amountTenthPence }) => amountTenthPence)).toEqual([27_500, 27_500, -27_500]);
  });

  it("that may not be retried never are, whatever the banks do", async () => {
    const { mandate } = await family();
    standIn.faults.set({ outcomes: [{ status: "retried" }] });
    standIn.collectNext(await subscribe(mandate, false));
    standIn.collectNext(await subscribe(mandate, true));
    await standIn.settled();
    expect(standIn.payments.slice(1).map(({ status }) => status)).toEqual(["failed", "paid_out"]);
  });
});

describe("mandates", () => {
  it("expire, are reinstated, move to another bank and are replaced", async () => {
    const { mandate } = await family();
    standIn.transferMandate(mandate);
    expect(standIn.events.at(-1)).toMatchObject({
      action: "transferred",
      links: { mandate, new_customer_bank_account: standIn.mandates[0]?.links.customer_bank_account },
    });
    standIn.expireMandate(mandate);
    expect(() => standIn.transferMandate(mandate)).toThrow("expired");
    expect((await client().mandates.reinstate(mandate, {})).status).toBe("active");
    const subscription = await subscribe(mandate);
    const made = standIn.replaceMandate(mandate);
    expect(standIn.events.at(-1)).toMatchObject({ action: "replaced", links: { mandate, new_mandate: made.id } });
    expect((await client().subscriptions.find(subscription)).links?.mandate).toBe(made.id);
    expect((await client().mandates.find(mandate)).status).toBe("cancelled");
    expect(said("mandates").slice(3)).toEqual(["transferred", "expired", "reinstated", "replaced"]);
    // Its bank may reactivate it, but nothing is collected on a mandate that was replaced.
    expect((await client().mandates.reinstate(mandate, {})).status).toBe("active");
    await expect(subscribe(mandate)).rejects.toThrow("replaced");
  });
});

describe("a fallback", () => {
  it("collects the fee by Direct Debit, days later, and it may fail", async () => {
    const ask = (fallback_enabled: boolean) =>
      client().billingRequests.create({ payment_request: { amount: 4_500, currency: "GBP" }, fallback_enabled });
    expect(() => standIn.payByFallback("BRQ404")).toThrow("BRQ404");
    const strict = await ask(false);
    expect(() => standIn.payByFallback(strict.id)).toThrow("does not allow");
    const { id } = await ask(true);
    standIn.payByFallback(id, "failed");
    await standIn.settled();
    const found = await client().billingRequests.find(id);
    expect(found).toMatchObject({ status: "fulfilled", fallback_occurred: true });
    const payment = await client().payments.find(found.links?.payment_request_payment ?? "");
    expect(payment).toMatchObject({ scheme: "bacs", status: "failed", links: { mandate: standIn.mandates[0]?.id } });
    expect(payment.charge_date?.localeCompare(new Date().toISOString().slice(0, 10))).toBe(1);
    expect(said("billing_requests")).not.toContain("bank_authorisation_authorised");
  });

  it("may be retried automatically, or only by hand", async () => {
    for (const fallbackRetries of [true, false]) {
      await restart({ fallbackRetries, lifecycle: { paymentSubmittedMs: null, paymentEndMs: null } });
      const of = { payment_request: { amount: 4_500, currency: "GBP" as const }, fallback_enabled: true };
      const { id } = await client().billingRequests.create(of);
      const payment = standIn.payByFallback(id, "retried").links.payment_request_payment ?? "";
      const day = async () => (await client().payments.find(payment)).charge_date ?? "";
      const first = await day();
      expect(standIn.advancePayment(payment).status).toBe("submitted");
      expect(standIn.advancePayment(payment).status).toBe("failed");
      const details = { will_attempt_retry: fallbackRetries };
      expect(standIn.events.findLast(({ action }) => action === "failed")).toMatchObject({ details });
      if (fallbackRetries) standIn.advancePayment(payment);
      else await client().payments.retry(payment, {});
      expect(said("payments").at(-1)).toBe("resubmission_requested");
      expect(fallbackRetries).toBe((await day()) > first);
    }
  });
});

describe("a removed customer", () => {
  it("is in no answer, and its uncollected payments are cancelled; a setting keeps its money visible", async () => {
    for (const removalHidesMoney of [false, true]) {
      await restart({ removalHidesMoney });
      const { payment, mandate, customer } = await family();
      const subscription = await subscribe(mandate);
      await refund(payment, 100, 100);
      expect((await client().customers.list()).customers).toMatchObject([{ id: customer }]);
      await client().customers.remove(customer);
      expect((await client().customers.list()).customers).toEqual([]);
      expect(await thrown(client().customers.find(customer))).toMatchObject({ code: 404 });
      const seen = removalHidesMoney ? 0 : 1;
      expect((await client().payments.list()).payments).toHaveLength(seen);
      expect((await client().refunds.list()).refunds).toHaveLength(seen);
      expect((await client().mandates.list()).mandates).toHaveLength(seen);
      expect((await client().subscriptions.list()).subscriptions).toHaveLength(seen);
      expect(standIn.mandates[0]?.status).toBe("cancelled");
      expect(standIn.subscriptions.find(({ id }) => id === subscription)?.status).toBe("cancelled");
      expect(standIn.books.registrations.r1?.keptPence).toBe(4_400);
    }
  });
});

it("shows its books over HTTP", async () => {
  await family();
  const books: unknown = await (await fetch(`${standIn.url}/control/books`)).json();
  expect(books).toEqual(standIn.books);
  expect(books).toMatchObject({ registrations: { r1: { keptPence: 4_500 } } });
});
