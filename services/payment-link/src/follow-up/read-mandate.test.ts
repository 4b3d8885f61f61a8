import { load, transact } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { LINK, tokenCreated } from "../../test/token.ts";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import type { Fact } from "../payment/decide.ts";
import { createFollowUp, type FollowUp } from "./follow-up.ts";
import { createSeasons } from "./season.ts";

const cause = { service: "test" };

const fact = (type: Fact["type"], occurredAt: Date, about: object) => {
  const base = { billingRequestId: LINK, providerEventId: `EV${type}`, via: "webhook", action: type } as const;
  return { type, data: { ...base, occurredAt: occurredAt.toISOString(), ...about } } as Fact;
};

/** What is known of a mandate that the bank reinstates after GoCardless has said "cancelled", and before that arrives here. */
const reinstatedMeanwhile = async (ask: (followUp: FollowUp) => Promise<unknown>) => {
  let now = new Date("2026-09-10T12:00:00.000Z");
  const later = (ms: number) => {
    now = new Date(now.getTime() + ms);
    return now;
  };
  const store = memoryEventStore(() => now);
  const record = (...facts: readonly Fact[]) =>
    transact(store, paymentAggregate, LINK, recordFacts(facts, now), cause).then(() => {});
  await transact(store, paymentAggregate, LINK, () => [tokenCreated({ createdAt: now.toISOString() })], cause);
  await record(fact("PaymentFulfilled", now, { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }));
  await record(fact("MandateActivated", now, { mandateId: "MD1" }));
  let reinstated: Fact | undefined;
  const readMandate = async () => {
    later(1_000);
    reinstated = fact("MandateActivated", later(1_000), { mandateId: "MD1", providerEventId: "EV2" });
    later(1_000);
    return { state: "ended", action: "cancelled" };
  };
  const followUp = createFollowUp({
    store,
    provider: { readMandate } as never,
    index: { link: () => undefined, remember: () => {} } as never,
    askAgain: async (link) => link,
    seasons: createSeasons({ start: "2026-09-01", end: "2027-05-31" }, () => now),
    lostSince: async () => undefined,
    runtime: { ...systemRuntime(), now: () => now },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
  });
  later(60_000);
  await ask(followUp);
  if (reinstated) await record(reinstated);
  const { state } = await load(store, paymentAggregate, LINK);
  return state.status === "known" ? state.mandates.MD1?.word : undefined;
};

test.each<[string, (followUp: FollowUp) => Promise<unknown>]>([
  ["when its subscription is to be created", (followUp) => followUp.bringUpToDate(LINK, cause)],
  ["when it is checked", (followUp) => followUp.checkMandate(LINK, "MD1", cause)],
])("a mandate that is reinstated while GoCardless is being asked is not lost, %s", async (_, ask) => {
  expect(await reinstatedMeanwhile(ask)).toBe("active");
});
