import type { PaymentEvent } from "@touchline/contracts";
import { describe, expect, test } from "vitest";
import { evolve, recordFacts } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { amendLink } from "./amend.ts";
import {
  closeLink,
  createToken,
  eraseLink,
  type Fact,
  openLink,
  type PaymentDecision,
  recordFlow,
  recordSubscription,
  refuseSubscription,
  reopenLink,
} from "./decide.ts";
import type { LinkState } from "./state.ts";

const now = new Date("2026-11-22T12:00:00.000Z");
const none: LinkState = { status: "none" };
const given = (...events: PaymentEvent[]): LinkState => events.reduce(evolve, none);
const created = tokenCreated();

let at = 0;
const reported = (action: string, eventId = `EV${action}${at++}`) => ({
  billingRequestId: LINK,
  providerEventId: eventId,
  occurredAt: "2026-11-22T11:00:00.000Z",
  via: "webhook" as const,
  action,
});
const fulfilled = (more: object = {}): Fact => ({
  type: "PaymentFulfilled",
  data: { ...reported("fulfilled"), requestId: LINK, paymentId: "PM1", mandateId: "MD1", ...more },
});
const ofPayment = (
  type: "PaymentFailed" | "PaymentChargedBack" | "PaymentChargebackCancelled",
  second: number,
): Fact => ({
  type,
  data: { ...reported(type), paymentId: "PM1", occurredAt: `2026-11-22T11:00:${String(second).padStart(2, "0")}.000Z` },
});
const types = (events: readonly PaymentEvent[]) => events.map((e) => e.type);
const statuses = (events: readonly PaymentEvent[]) =>
  events.flatMap((e) => (e.type === "PaymentStatusChanged" ? [e.data.status] : []));

describe("the token", () => {
  test("is created once", () => {
    expect(types(createToken({ ...created.data, now })(none))).toEqual(["PaymentTokenCreated"]);
    expect(createToken({ ...created.data, now })(given(created))).toEqual([]);
  });
});

describe("what GoCardless reports", () => {
  test("of a fulfilled request means paid, and the status says since when", () => {
    const events = recordFacts([fulfilled()], now)(given(created));
    expect(types(events)).toEqual(["PaymentFulfilled", "PaymentStatusChanged"]);
    expect(events[1]?.data).toMatchObject({ status: "paid", since: "2026-11-22T11:00:00.000Z", registrationId: "r-1" });
  });

  test("a second time changes nothing, alone or within a batch", () => {
    const fact = fulfilled();
    const events = recordFacts([fact, fact], now)(given(created));
    expect(types(events)).toEqual(["PaymentFulfilled", "PaymentStatusChanged"]);
    expect(recordFacts([fact], now)(given(created, ...events))).toEqual([]);
  });

  test("after we have read it is news only if it says more", () => {
    const read: Fact = {
      type: "PaymentFulfilled",
      data: {
        billingRequestId: LINK,
        requestId: LINK,
        occurredAt: "2026-11-22T11:00:05.000Z",
        via: "read",
        action: "fulfilled",
      },
    };
    const before = given(created, ...recordFacts([read], now)(given(created)));
    expect(recordFacts([read], now)(before)).toEqual([]);
    expect(types(recordFacts([fulfilled()], now)(before))).toEqual(["PaymentFulfilled"]);
  });

  test("a charge-back after the payment, and its withdrawal", () => {
    const paid = given(created, ...recordFacts([fulfilled()], now)(given(created)));
    const back = recordFacts([ofPayment("PaymentChargedBack", 10)], now)(paid);
    expect(statuses(back)).toEqual(["charged_back"]);
    const again = recordFacts([ofPayment("PaymentChargebackCancelled", 20)], now)([...back].reduce(evolve, paid));
    expect(statuses(again)).toEqual(["paid"]);
  });

  test("a failure that comes before the fulfilled event still counts", () => {
    const failed = recordFacts([ofPayment("PaymentFailed", 30)], now)(given(created));
    const state = given(created, ...failed);
    const late = recordFacts([fulfilled()], now)(state);
    expect(statuses([...failed, ...late])).toEqual(["failed"]);
  });

  test("about a billing request that the link does not have is ignored", () => {
    expect(recordFacts([fulfilled({ requestId: "BRQOTHER1" })], now)(given(created))).toEqual([]);
    expect(recordFacts([fulfilled()], now)(none)).toEqual([]);
  });

  test("as cancelled sets the status, unless it was paid", () => {
    const cancelled: Fact = {
      type: "PaymentTokenCancelled",
      data: { ...reported("cancelled"), requestId: LINK, by: "gocardless" },
    };
    expect(statuses(recordFacts([cancelled], now)(given(created)))).toEqual(["cancelled"]);
    expect(statuses(recordFacts([fulfilled(), cancelled], now)(given(created)))).toEqual(["paid"]);
  });
});

describe("the link", () => {
  const twice = (decision: PaymentDecision, state: LinkState) => {
    const events = decision(state);
    return [types(events), types(decision(events.reduce(evolve, state)))];
  };

  test("is opened once", () => {
    expect(twice(openLink(now), given(created))).toEqual([["PaymentLinkOpened"], []]);
    const flow = recordFlow({ requestId: LINK, flowId: "BRF1", now });
    expect(twice(flow, given(created))).toEqual([["PaymentFlowCreated", "PaymentLinkOpened"], ["PaymentFlowCreated"]]);
  });

  test("is closed once, and is then cancelled unless it was paid", () => {
    expect(twice(closeLink(now), given(created))).toEqual([["PaymentLinkClosed", "PaymentStatusChanged"], []]);
    const paid = given(created, ...recordFacts([fulfilled()], now)(given(created)));
    expect(types(closeLink(now)(paid))).toEqual(["PaymentLinkClosed"]);
  });

  test("asks again once for the same reversal", () => {
    const again = reopenLink({ requestId: "BRQ000NEXT", replaces: LINK, feePence: 4_500, mandate: false, now });
    expect(twice(again, given(created))).toEqual([["PaymentLinkReopened"], []]);
  });
});

test("a daily refused subscription is recorded once, until GoCardless gives another reason", () => {
  const refusal = { mandateId: "MD1", code: "validation_failed", reason: "start_date must be within a year" };
  const refused = refuseSubscription(refusal, now)(given(created));
  expect(types(refused)).toEqual(["SubscriptionRefused"]);
  const after = given(created, ...refused);
  expect(refuseSubscription(refusal, now)(after)).toEqual([]);
  expect(types(refuseSubscription({ ...refusal, code: "mandate_is_inactive" }, now)(after))).toHaveLength(1);
  expect(types(refuseSubscription({ ...refusal, mandateId: "MD2" }, now)(after))).toHaveLength(1);
});

test("the same refusal is recorded again once a subscription or the terms have changed", () => {
  const refusal = { mandateId: "MD1", code: "validation_failed", reason: "start_date must be within a year" };
  const refused = given(created, ...refuseSubscription(refusal, now)(given(created)));
  const made = { subscriptionId: "SB1", mandateId: "MD1", amountPence: 2_750, dayOfMonth: 1, startDate: "2026-09-01" };
  const subscribed = recordSubscription({ ...made, payments: 9, now })(refused);
  const amended = amendLink(
    { monthlyFeePence: 2_750, preferredPaymentDay: 1, count: 1, amendedAt: now.toISOString() },
    () => undefined,
  )(refused);
  const ended = { ...reported("cancelled"), subscriptionId: "SB1" };
  for (const events of [subscribed, amended, [{ type: "SubscriptionEnded" as const, data: ended }]]) {
    expect(events).toHaveLength(1);
    const after = events.reduce<LinkState>(evolve, refused);
    expect(types(refuseSubscription(refusal, now)(after))).toEqual(["SubscriptionRefused"]);
  }
});

test("an erased link asks for nothing more, but later reports are still recorded", () => {
  const events = eraseLink(now)(given(created));
  expect(events.map(({ type }) => type)).toEqual(["PaymentLinkClosed", "PaymentStatusChanged", "PaymentLinkErased"]);
  const erased = given(created, ...events);
  expect(erased).toMatchObject({ closed: true, erased: true });
  expect(eraseLink(now)(erased)).toEqual([]);
  expect(eraseLink(now)(none)).toEqual([]);
  const fulfilled: Fact = { type: "PaymentFulfilled", data: { ...reported("fulfilled"), requestId: LINK } };
  expect(recordFacts([fulfilled], now)(erased).map(({ type }) => type)).toEqual([
    "PaymentFulfilled",
    "PaymentStatusChanged",
  ]);
});
