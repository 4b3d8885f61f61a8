import { randomUUID } from "node:crypto";
import { Fault, type PaymentEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { LINK, tokenCreated } from "../../test/token.ts";
import type { Provider } from "../payment/money-provider.ts";
import { createFollowUp } from "./follow-up.ts";
import { createSeasons } from "./season.ts";

const now = new Date("2026-11-10T12:00:00.000Z");
const said = { billingRequestId: LINK, occurredAt: "2026-09-10T10:00:00.000Z", via: "webhook", action: "x" } as const;

/** It wants a subscription on another day, the agreed amount on its present one, and a refund read. */
const amended: readonly PaymentEvent[] = [
  tokenCreated({ createdAt: "2026-08-05T10:00:00.000Z", monthlyFrom: "2026-09-01", monthlyUntil: "2027-05-01" }),
  { type: "PaymentFulfilled", data: { ...said, requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
  { type: "MandateActivated", data: { ...said, mandateId: "MD1" } },
  {
    type: "SubscriptionCreated",
    data: {
      billingRequestId: LINK,
      subscriptionId: "SB1",
      mandateId: "MD1",
      amountPence: 2_750,
      dayOfMonth: 1,
      startDate: "2026-10-01",
      payments: 8,
      createdAt: said.occurredAt,
    },
  },
  {
    type: "PaymentLinkAmended",
    data: {
      billingRequestId: LINK,
      monthlyFeePence: 2_000,
      preferredPaymentDay: 15,
      count: 1,
      amendedAt: "2026-11-10T10:00:00.000Z",
    },
  },
  { type: "RefundCreated", data: { ...said, refundId: "RF1" } },
];

test.each([
  ["refused", async () => ({ refused: "validation_failed", reason: "the day is not allowed" })],
  [
    "fault",
    async () => {
      throw new Fault("provider_unavailable");
    },
  ],
])("a step that ends as %s holds up no other, and is still reported", async (ending, createSubscription) => {
  const called: string[] = [];
  const provider = {
    readMandate: async () => ({ state: "usable", action: "active", nextPossibleChargeDate: "2026-11-16" }),
    createSubscription: () => {
      called.push("create");
      return createSubscription();
    },
    amendSubscription: async (id: string, amountPence: number) => {
      called.push(`amend ${id} to ${amountPence}`);
      return "amended";
    },
    readRefund: async (id: string) => {
      called.push(`read ${id}`);
      return {
        id,
        createdAt: said.occurredAt,
        status: "submitted",
        state: "underway",
        amountPence: 4_500,
        paymentId: "PM1",
      };
    },
    runningSubscriptions: async () => ["SB1"],
  } as unknown as Provider;
  const store = memoryEventStore(() => now);
  const metadata = { service: "payment-link" };
  const stored = amended.map((event) => ({ id: randomUUID(), ...event, metadata }));
  await store.append(`payment-${LINK}`, stored, "no_stream");
  const followUp = createFollowUp({
    store,
    provider,
    index: { remember: () => {}, link: () => undefined } as never,
    askAgain: async (link) => link,
    seasons: createSeasons({}, () => now),
    lostSince: async () => undefined,
    runtime: { ...systemRuntime(), now: () => now },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
  });
  const followed = await followUp.bringUpToDate(LINK, { service: "payment-link" }).catch((error: unknown) => {
    if (error instanceof Fault) return "fault";
    throw error;
  });
  expect(followed).toBe(ending);
  expect(called).toEqual(["create", "amend SB1 to 2000", "read RF1"]);
});
