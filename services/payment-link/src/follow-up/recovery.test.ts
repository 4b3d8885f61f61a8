import { randomUUID } from "node:crypto";
import { type PaymentEvent, RECOVERY_STREAM } from "@touchline/contracts";
import { createRecoveryWindow } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { LINK, tokenCreated } from "../../test/token.ts";
import { createFollowUp } from "./follow-up.ts";

const now = new Date("2026-12-10T12:00:00.000Z");
const cause = { service: "test" };

const fact = (type: PaymentEvent["type"], about: object) => {
  const occurredAt = "2026-09-10T10:00:00.000Z";
  const base = { billingRequestId: LINK, providerEventId: `EV${type}`, occurredAt, via: "webhook", action: type };
  return { type, data: { ...base, ...about } } as PaymentEvent;
};
const token = tokenCreated({ monthlyFrom: "2026-10-01", monthlyUntil: "2027-05-01" });
const paid = fact("PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" });
const collected = fact("PaymentConfirmed", { paymentId: "PM1" });
/** The Direct Debit that replaced it, and its collections, may be missing. */
const mandateGone = fact("MandateFailed", { mandateId: "MD1" });
const erased = [
  { type: "PaymentLinkClosed", data: { billingRequestId: LINK, closedAt: now.toISOString() } },
  { type: "PaymentLinkErased", data: { billingRequestId: LINK, erasedAt: now.toISOString() } },
] as const;

/** A link in a restored store, and what is done for it at GoCardless. */
const restored = async (...events: readonly PaymentEvent[]) => {
  const store = memoryEventStore();
  const stored = (type: string, data: object) => ({ id: randomUUID(), type, data, metadata: { service: "test" } });
  const began = { since: "2026-12-09T02:00:00.000Z", until: "2026-12-12T02:00:00.000Z" };
  await store.append(RECOVERY_STREAM, [stored("RecoveryBegan", began)], "no_stream");
  await store.append(
    `payment-${LINK}`,
    events.map(({ type, data }) => stored(type, data)),
    "no_stream",
  );
  const removed: string[] = [];
  const runtime = { ...systemRuntime(), now: () => now };
  const bringUpToDate = () =>
    createFollowUp({
      store,
      provider: {
        runningSubscriptions: async () => [],
        payerOf: async () => "CU1",
        removePayer: async (id: string) => void removed.push(id),
      } as never,
      index: { link: () => undefined, remember: () => {} } as never,
      askAgain: async (link) => link,
      seasons: { collecting: () => true, days: () => [], unconfigured: () => false, of: () => undefined } as never,
      lostSince: createRecoveryWindow(store, runtime),
      runtime,
      log: createLogger("test", "silent"),
      metrics: createMetrics("test"),
    }).bringUpToDate(LINK, cause);
  const end = () => store.append(RECOVERY_STREAM, [stored("RecoveryEnded", { endedAt: now.toISOString() })], 0n);
  const types = async () => (await store.read(`payment-${LINK}`)).slice(events.length).map(({ type }) => type);
  return { bringUpToDate, end, types, removed };
};

test("a payer is not removed while a payment under way may be missing", async () => {
  const { bringUpToDate, end, types, removed } = await restored(token, paid, collected, ...erased);
  expect([await bringUpToDate(), removed, await types()]).toEqual(["done", [], []]);
  await end();
  await bringUpToDate();
  expect([removed, await types()]).toEqual([["CU1"], ["PayersRemoved"]]);
});

test("a month does not count as missed while its payment may be missing", async () => {
  const { bringUpToDate, end, types } = await restored(token, paid, mandateGone);
  await bringUpToDate();
  expect(await types()).not.toContain("MonthlyFeeMissed");
  await end();
  await bringUpToDate();
  expect(await types()).toContain("MonthlyFeeMissed");
});
