import { Fault } from "@touchline/contracts";
import { type GoCardlessStandIn, startGoCardlessStandIn } from "@touchline/sandbox";
import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { goCardlessClient } from "./client.ts";
import { goCardlessProvider } from "./provider.ts";

const accessToken = "token";
const signal = new AbortController().signal;
const longAgo = new Date("2020-01-01T00:00:00Z");

let goCardless: GoCardlessStandIn;
let today = new Date();
beforeEach(async () => {
  today = new Date("2026-09-01T12:00:00.000Z");
  const runtime = { ...systemRuntime(), now: () => today };
  goCardless = await startGoCardlessStandIn({
    accessToken,
    webhookSecret: "secret",
    runtime,
    lifecycle: { refundStepMs: null },
  });
});
afterEach(() => goCardless.stop());

const provider = (timeoutMs = 5_000) => {
  const client = goCardlessClient({ accessToken, environment: "sandbox", baseUrl: goCardless.url, timeoutMs });
  return goCardlessProvider(client, (_operation, call) => call(), systemRuntime());
};

/** A family with a paid fee, a mandate and a subscription, all created through the adapter. */
const family = async (registrationId = "r-1") => {
  const wanted = { idempotencyKey: registrationId, registrationId, feePence: 4_500, mandate: true };
  const request = await provider().createRequest(wanted);
  if ("refused" in request) throw new Error(request.reason);
  const { links } = goCardless.pay(request.id);
  await goCardless.settled();
  const [paymentId, mandateId] = [links.payment_request_payment ?? "", links.mandate_request_mandate ?? ""];
  const monthly = { amountPence: 2_750, dayOfMonth: 1, startDate: "2026-10-01", payments: 3 };
  const made = await provider().createSubscription({
    ...monthly,
    registrationId,
    mandateId,
    idempotencyKey: `sub-${registrationId}`,
  });
  if ("refused" in made) throw new Error(made.reason);
  return { paymentId, mandateId, subscriptionId: made.id };
};

const all = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};
const refund = { registrationId: "r-1", amountPence: 1_000, totalPence: 1_000, idempotencyKey: "refund-1" };
const faultOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw new Error("The call should have ended in a fault.");
  return error.code;
};

describe("a refund", () => {
  test("is made once per key, and can be read with its payment and our registration", async () => {
    const { paymentId } = await family();
    const made = await provider().createRefund({ ...refund, paymentId });
    if ("refused" in made) throw new Error(made.reason);
    expect(await provider().createRefund({ ...refund, paymentId })).toEqual(made);
    expect(goCardless.refunds).toHaveLength(1);
    expect(await provider().readRefund(made.id)).toEqual({
      id: made.id,
      createdAt: today.toISOString(),
      status: "created",
      state: "underway",
      amountPence: 1_000,
      paymentId,
      registrationId: "r-1",
    });
    for (let step = 0; step < 3; step++) goCardless.advanceRefund(made.id);
    expect(await provider().readRefund(made.id)).toMatchObject({ status: "paid", state: "paid" });
    goCardless.failRefund(made.id);
    expect(await provider().readRefund(made.id)).toMatchObject({ status: "bounced", state: "failed" });
    expect(await provider().readRefund("RF404")).toBeUndefined();
  });

  test.each([
    ["a time-out", { kind: "timeout", accepted: true }],
    ["a broken connection", { kind: "reset", accepted: true }],
    ["an error", { kind: "status", status: 500, accepted: true }],
  ] as const)("that %s hid is found under its key", async (_what, fault) => {
    const { paymentId } = await family();
    goCardless.faults.set({ requests: [{ ...fault, on: "refunds.create", times: 1 }] });
    const first = provider(400).createRefund({ ...refund, paymentId });
    // After a broken connection, the adapter retries by itself.
    if (fault.kind === "reset") expect(await first).toEqual({ id: goCardless.refunds[0]?.id });
    else expect(await faultOf(first)).toBe("provider_unavailable");
    expect(await provider().createRefund({ ...refund, paymentId })).toEqual({ id: goCardless.refunds[0]?.id });
    expect(goCardless.payments[0]?.amount_refunded).toBe(1_000);
  });

  test("is refused in our words", async () => {
    const { paymentId } = await family();
    const refusedBy = async (more: object) => {
      const answer = await provider().createRefund({ ...refund, paymentId, ...more });
      return "refused" in answer ? answer.refused : undefined;
    };
    expect(await refusedBy({ totalPence: 2_000 })).toBe("total_differs");
    expect(await refusedBy({ amountPence: 5_000, totalPence: 5_000 })).toBe("validation_failed");
    expect(await refusedBy({ paymentId: "PM404" })).toBe("invalid_api_usage");
    const code = "available_refund_amount_insufficient";
    goCardless.faults.set({ requests: [{ kind: "error", code, on: "refunds.create", times: 1 }] });
    expect(await refusedBy({})).toBe("balance_too_low");
    goCardless.chargeBack(paymentId);
    expect(await refusedBy({})).toBe("not_collected");
    expect(goCardless.refunds).toEqual([]);
  });
});

test("the payer of a billing request is removed for good, and repeating that is no fault", async () => {
  const { paymentId } = await family();
  const [request] = goCardless.billingRequests;
  const payer = await provider().payerOf(request?.id ?? "");
  expect(payer).toBe(goCardless.customers[0]?.id);
  await provider().removePayer(payer ?? "");
  await provider().removePayer(payer ?? "");
  expect(goCardless.customers).toEqual([]);
  expect(goCardless.mandates.map(({ status }) => status)).toEqual(["cancelled"]);
  expect(goCardless.payments.map(({ id }) => id)).toContain(paymentId);
  expect(await provider().payerOf("BRQ404")).toBeUndefined();
});

describe("a walk", () => {
  test("gives everything that GoCardless knows about money, in our words", async () => {
    const { paymentId, mandateId, subscriptionId } = await family();
    goCardless.refundPayment(paymentId, 1_000);
    const month = goCardless.collectNext(subscriptionId);
    await goCardless.settled();
    const [first, second] = goCardless.payouts;
    expect(await all(provider().payments(longAgo, signal))).toMatchObject([
      { id: month.id, state: "paid_out", amountPence: 2_750, chargeDate: "2026-10-01", subscriptionId, mandateId },
      {
        id: paymentId,
        state: "paid_out",
        amountPence: 4_500,
        refundedPence: 1_000,
        registrationId: "r-1",
        purpose: "fee",
      },
    ]);
    expect(await all(provider().refunds(longAgo, signal))).toMatchObject([
      { state: "underway", amountPence: 1_000, paymentId },
    ]);
    expect(await all(provider().mandates(longAgo, signal))).toMatchObject([
      {
        id: mandateId,
        state: "usable",
        action: "active",
        customerId: goCardless.customers[0]?.id,
        registrationId: "r-1",
      },
    ]);
    const upcoming = ["2026-11-01", "2026-12-01"].map((chargeDate) => ({ chargeDate, amountPence: 2_750 }));
    expect(await all(provider().subscriptions(longAgo, signal))).toMatchObject([
      { id: subscriptionId, ended: false, amountPence: 2_750, mandateId, upcoming, registrationId: "r-1" },
    ]);
    expect(await all(provider().payouts(longAgo, signal))).toMatchObject([
      { id: second?.id, status: "paid", amountPence: 1_703, feesPence: 48 },
      { id: first?.id, amountPence: 4_435, feesPence: 65 },
    ]);
    const items = await provider().payoutItems(second?.id ?? "", signal);
    expect(new Set(items?.map(({ type, amountTenthPence }) => `${type} ${amountTenthPence}`))).toEqual(
      new Set(["payment_paid_out 27500", "gocardless_fee -475", "payment_refunded -10000"]),
    );
    expect(items?.find(({ type }) => type === "payment_refunded")).toMatchObject({
      paymentId,
      refundId: goCardless.refunds[0]?.id,
    });
  });

  test("begins at its time, and items older than six months are no longer available", async () => {
    const { paymentId } = await family();
    today = new Date("2027-03-15T12:00:00.000Z");
    expect(await all(provider().payments(today, signal))).toEqual([]);
    expect(await provider().payoutItems(goCardless.payouts[0]?.id ?? "", signal)).toBeUndefined();
    expect(await provider().readPayment(paymentId)).toMatchObject({ payoutId: goCardless.payouts[0]?.id });
  });

  test("throws a fault if GoCardless is away or asks us to slow down, instead of giving nothing", async () => {
    await family();
    const walks = ["payments", "refunds", "payouts", "subscriptions", "mandates"] as const;
    for (const name of walks) {
      for (const [status, code] of [
        [429, "provider_rate_limited"],
        [500, "provider_unavailable"],
      ] as const) {
        goCardless.faults.set({ requests: [{ kind: "status", status, on: `${name}.list`, times: 1 }] });
        expect(await faultOf(all<unknown>(provider()[name](longAgo, signal)))).toBe(code);
      }
    }
    goCardless.faults.set({ requests: [{ kind: "status", status: 500, on: "payout_items.list", times: 1 }] });
    expect(await faultOf(provider().payoutItems(goCardless.payouts[0]?.id ?? "", signal))).toBe("provider_unavailable");
  });
});

test("a month that fails for lack of money is retried, because the subscription allows it", async () => {
  const { subscriptionId } = await family();
  goCardless.faults.set({ outcomes: [{ status: "retried", times: 1 }] });
  const { id } = goCardless.collectNext(subscriptionId);
  await goCardless.settled();
  expect(await provider().readPayment(id)).toMatchObject({ state: "paid_out", chargeDate: "2026-10-08" });
});
