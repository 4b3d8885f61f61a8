import { load, transact } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { LINK, tokenCreated } from "../../test/token.ts";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import type { Fact } from "../payment/decide.ts";
import { createFollowUp } from "./follow-up.ts";
import { createSeasons } from "./season.ts";

const now = new Date("2026-09-03T12:00:00.000Z");
const cause = { service: "test" };

/** The first collection from a family that paid today and whose bank allows one from 7 September. */
const firstCollection = async (token: Parameters<typeof tokenCreated>[0]) => {
  const store = memoryEventStore(() => now);
  const said = { billingRequestId: LINK, occurredAt: now.toISOString(), via: "webhook", action: "x" } as const;
  const facts: Fact[] = [
    { type: "PaymentFulfilled", data: { ...said, requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
    { type: "MandateActivated", data: { ...said, mandateId: "MD1" } },
  ];
  await transact(store, paymentAggregate, LINK, () => [tokenCreated({ preferredPaymentDay: 7, ...token })], cause);
  await transact(store, paymentAggregate, LINK, recordFacts(facts, now), cause);
  const followUp = createFollowUp({
    store,
    provider: {
      readMandate: async () => ({ state: "usable", action: "active", nextPossibleChargeDate: "2026-09-07" }),
      createSubscription: async ({ startDate, payments, dayOfMonth, amountPence }: Record<string, unknown>) => ({
        id: "SB1",
        startDate,
        payments,
        dayOfMonth,
        amountPence,
      }),
    } as never,
    index: { link: () => undefined, remember: () => {} } as never,
    askAgain: async (link) => link,
    seasons: createSeasons({ start: "2026-09-01", end: "2027-05-31" }, () => now),
    lostSince: async () => undefined,
    runtime: { ...systemRuntime(), now: () => now },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
  });
  await followUp.bringUpToDate(LINK, cause);
  const { state } = await load(store, paymentAggregate, LINK);
  return state.status === "known" ? state.subscriptions[0]?.startDate : undefined;
};

const createdAt = "2026-09-02T10:00:00.000Z";

test.each([
  [
    "registered before the season, though the link came later",
    { createdAt, acceptedAt: "2026-08-28T10:00:00.000Z" },
    "2026-09-07",
  ],
  ["registered during the season", { createdAt, acceptedAt: createdAt }, "2026-10-07"],
  [
    "has a link that does not say when it registered, created before the season",
    { createdAt: "2026-08-28T10:00:00.000Z" },
    "2026-09-07",
  ],
  ["has a link that does not say when it registered, created during the season", { createdAt }, "2026-10-07"],
])("the monthly fee of a family that %s", async (_, token, first) => {
  expect(await firstCollection(token)).toBe(first);
});
