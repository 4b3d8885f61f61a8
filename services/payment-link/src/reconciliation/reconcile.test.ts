import { randomUUID } from "node:crypto";
import type { PaymentEvent } from "@touchline/contracts";
import { load } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { type GoCardlessStandIn, startGoCardlessStandIn } from "@touchline/sandbox";
import { createMetrics, systemRuntime } from "@touchline/service";

import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { goCardlessClient } from "../gocardless/client.ts";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { goCardlessProvider } from "../gocardless/provider.ts";
import { everyLink } from "../projections/every-link.ts";
import { linkIndex } from "../projections/link-index.ts";
import { linksInMemory } from "../projections/links-in-memory.ts";
import { createIngest } from "../webhooks/ingest.ts";
import { matcher } from "../webhooks/match.ts";
import { lastReport, reconcile } from "./reconcile.ts";

const signal = new AbortController().signal;
let today: Date;
let goCardless: GoCardlessStandIn;
let store: ReturnType<typeof memoryEventStore>;
/** No two GoCardless events have the same time. */
const tick = () => {
  today = new Date(today.getTime() + 1_000);
  return today;
};
const runtime = () => ({ ...systemRuntime(), now: tick });

beforeEach(async () => {
  today = new Date("2026-09-01T12:00:00.000Z");
  store = memoryEventStore(() => today);
  goCardless = await startGoCardlessStandIn({
    accessToken: "token",
    webhookSecret: "secret",
    removalHidesMoney: true,
    runtime: runtime(),
  });
});
afterEach(() => goCardless.stop());

const provider = () => {
  const client = goCardlessClient({
    accessToken: "token",
    environment: "sandbox",
    baseUrl: goCardless.url,
    timeoutMs: 5_000,
  });
  return goCardlessProvider(client, (_operation, call) => call(), systemRuntime());
};

const append = async (stream: string, ...events: readonly PaymentEvent[]) => {
  const stored = events.map((event) => ({ id: randomUUID(), ...event, metadata: { service: "test" } }));
  const last = (await store.read(stream)).at(-1);
  await store.append(stream, stored, last?.revision ?? "no_stream");
};

/** A family with a subscription that paid while no webhook was received. */
const family = async (registrationId: string) => {
  const wanted = { idempotencyKey: registrationId, registrationId, feePence: 4_500, mandate: true };
  const request = await provider().createRequest(wanted);
  if ("refused" in request) throw new Error(request.reason);
  const { id: link } = request;
  const of = { billingRequestId: link };
  const createdAt = today.toISOString();
  const fees = { feePence: 4_500, monthlyFeePence: 2_750, preferredPaymentDay: 1, season: "2627", mandate: true };
  const token = { ...of, registrationId, origin: "created" as const, ...fees, createdAt };
  await append(`payment-${link}`, { type: "PaymentTokenCreated", data: token });
  const { links } = goCardless.pay(link);
  await goCardless.settled();
  const [payment, mandate] = [links.payment_request_payment ?? "", links.mandate_request_mandate ?? ""];
  const monthly = { amountPence: 2_750, dayOfMonth: 1, startDate: "2026-10-01", payments: 3 };
  const key = `sub-${registrationId}`;
  const made = await provider().createSubscription({
    ...monthly,
    registrationId,
    mandateId: mandate,
    idempotencyKey: key,
  });
  if ("refused" in made) throw new Error(made.reason);
  const subscription = { ...of, ...monthly, subscriptionId: made.id, mandateId: mandate, createdAt };
  await append(`payment-${link}`, { type: "SubscriptionCreated", data: subscription });
  return { link, payment, mandate, subscription: made.id, customer: links.customer ?? "" };
};

const run = async () => {
  const db = await linksInMemory(store);
  const index = linkIndex(db, () => {});
  const base = { store, index, runtime: runtime(), log: pino({ level: "silent" }), metrics: createMetrics("test") };
  const ingest = createIngest({ ...base, match: matcher(index, store) });
  return reconcile({ ...base, provider: provider(), links: everyLink(db), ingest, signal });
};

test("records everything that no webhook brought, and then finds nothing left to do", async () => {
  const { payment, subscription } = await family("r-1");
  const failing = await family("r-2");
  goCardless.collectNext(subscription);
  goCardless.faults.set({ outcomes: [{ status: "retried", times: 1 }] });
  goCardless.collectNext(failing.subscription);
  await goCardless.settled();
  goCardless.refundPayment(payment, 1_000);
  goCardless.chargeBack(failing.payment);
  await goCardless.settled();

  const first = await run();
  expect(first).toMatchObject({ unexplainedPence: 0, unexplained: 0, removed: 0, foreign: 0, repairedLate: 0 });
  expect(first.repaired).toBeGreaterThan(10);
  const { registrations } = goCardless.books;
  expect(first.keptPence).toBe((registrations["r-1"]?.keptPence ?? 0) + (registrations["r-2"]?.keptPence ?? 0));
  expect(first.compared).toEqual({
    payments: 4,
    refunds: 1,
    payouts: goCardless.payouts.length,
    subscriptions: 2,
    mandates: 2,
  });
  expect(await lastReport(store)).toEqual(first);
  const { state } = await load(store, paymentAggregate, failing.link);
  expect(state).toMatchObject({ announced: "charged_back", payments: { [failing.payment]: { word: "charged_back" } } });

  const appended = (await store.read("payment-reconciliation")).length;
  expect(await run()).toMatchObject({ unexplained: 0, repaired: 0, keptPence: first.keptPence });
  expect((await store.read("payment-reconciliation")).length).toBe(appended + 1);
  const [payout] = goCardless.payouts;
  expect(await store.read(`payment-${payout?.id}`)).toHaveLength(1);
});

test("counts facts learnt after more than seven days, and only reads at GoCardless", async () => {
  await family("r-1");
  today = new Date("2026-09-10T12:00:00.000Z");
  const before = goCardless.requests.length;
  const { repaired, repairedLate, unexplained } = await run();
  expect([repairedLate, unexplained]).toEqual([repaired, 0]);
  expect(repaired).toBeGreaterThan(0);
  const asked = goCardless.requests.slice(before);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter(({ method }) => method !== "GET")).toEqual([]);
});

test("explains the money of a removed customer", async () => {
  const { customer } = await family("r-1");
  expect(await run()).toMatchObject({ unexplained: 0, removed: 0 });
  goCardless.removeCustomer(customer);
  await goCardless.settled();
  expect(await run()).toMatchObject({ unexplained: 0, removed: 1 });
});

test("the payments of a subscription that is not recorded yet are the family's", async () => {
  const { mandate } = await family("r-1");
  const terms = { amountPence: 2_750, dayOfMonth: 15, startDate: "2026-10-15", payments: 3 };
  const wanted = { ...terms, registrationId: "r-1", mandateId: mandate, idempotencyKey: "unrecorded" };
  const made = await provider().createSubscription(wanted);
  if ("refused" in made) throw new Error(made.reason);
  goCardless.collectNext(made.id);
  await goCardless.settled();
  const { keptPence } = goCardless.books.registrations["r-1"] ?? {};
  expect(await run()).toMatchObject({
    foreign: 0,
    keptPence,
    unexplainedPence: 0,
    differences: [{ kind: "subscription", id: made.id, registrationId: "r-1", ours: "unknown", theirs: "active" }],
  });
});

test("believes what GoCardless says of a mandate now, even if no event says it", async () => {
  const { link, mandate } = await family("r-1");
  await run();
  goCardless.cancelMandate(mandate);
  goCardless.reinstateMandate(mandate);
  // Read while it was cancelled, by a clock that is ahead.
  const occurredAt = new Date(today.getTime() + 60_000).toISOString();
  const read = { billingRequestId: link, mandateId: mandate, action: "cancelled", via: "read", occurredAt } as const;
  await append(`payment-${link}`, { type: "MandateFailed", data: read });
  const hidden = { kind: "mandate", id: mandate, registrationId: "r-1", pence: 0, ours: "ended", theirs: "active" };
  expect((await run()).differences).toContainEqual(hidden);
  today = new Date(today.getTime() + 86_400_000);
  const { differences } = await run();
  expect(differences.filter(({ kind }) => kind === "mandate")).toEqual([]);
  expect((await load(store, paymentAggregate, link)).state).toMatchObject({
    mandates: { [mandate]: { word: "active" } },
  });
});

test("reports what it cannot repair, to the penny", async () => {
  const { link, payment, subscription } = await family("r-1");
  const { id: month } = goCardless.collectNext(subscription);
  await goCardless.settled();
  await run();
  // GoCardless has no such event.
  const at = new Date(today.getTime() + 1_000).toISOString();
  const about = { billingRequestId: link, via: "webhook", occurredAt: at } as const;
  await append(
    `payment-${link}`,
    {
      type: "MonthlyPaymentFailed",
      data: { ...about, providerEventId: "EVFORGED1", action: "failed", paymentId: month },
    },
    {
      type: "RefundCreated",
      data: {
        ...about,
        providerEventId: "EVFORGED2",
        action: "created",
        refundId: "RF404",
        paymentId: payment,
        amountPence: 5,
      },
    },
  );
  const other = await provider().createRequest({
    idempotencyKey: "x",
    registrationId: "r-x",
    feePence: 700,
    mandate: false,
  });
  if ("refused" in other) throw new Error(other.reason);
  goCardless.pay(other.id);
  await goCardless.settled();
  const report = await run();
  expect(report.differences).toEqual([
    { kind: "payment", id: month, registrationId: "r-1", pence: 2_750, ours: "failed", theirs: "paid_out" },
    expect.objectContaining({ kind: "payment", registrationId: "r-x", pence: 700, ours: "no such registration" }),
    { kind: "refund", id: "RF404", registrationId: "r-1", pence: 5, ours: "created", theirs: "unknown" },
  ]);
  expect(report).toMatchObject({ unexplainedPence: 3_455, unexplained: 3 });
});
