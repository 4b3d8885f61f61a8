import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkAfter } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { missMonths } from "./decide-money.ts";
import { dueSteps, nextStep } from "./follow-up.ts";
import { missedDays } from "./missed-days.ts";
import { monthlyStanding } from "./standing.ts";

const fact = (type: PaymentEvent["type"], day: string, about: object) =>
  ({
    type,
    data: {
      billingRequestId: LINK,
      providerEventId: `EV${type}${day}`,
      occurredAt: `${day}T10:00:00.000Z`,
      via: "webhook",
      action: type,
      ...about,
    },
  }) as PaymentEvent;

const subscribed = (subscriptionId: string, mandateId: string, startDate: string, payments: number): PaymentEvent => ({
  type: "SubscriptionCreated",
  data: {
    billingRequestId: LINK,
    subscriptionId,
    mandateId,
    amountPence: 2_750,
    dayOfMonth: 1,
    startDate,
    payments,
    createdAt: "2026-09-10T10:00:00.000Z",
  },
});
const monthly = { monthlyFrom: "2026-10-01", monthlyUntil: "2027-05-01" };
const paid = [
  tokenCreated({ createdAt: "2026-09-05T10:00:00.000Z", ...monthly }),
  fact("PaymentFulfilled", "2026-09-10", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }),
  fact("MandateActivated", "2026-09-12", { mandateId: "MD1" }),
];
const october = [
  fact("MonthlyPaymentDated", "2026-09-26", { paymentId: "PM7", amountPence: 2_750, chargeDate: "2026-10-01" }),
  fact("MonthlyPaymentCollected", "2026-10-05", { paymentId: "PM7" }),
];
const mandateGone = fact("MandateFailed", "2026-10-20", { mandateId: "MD1" });
const endedWithIt = fact("SubscriptionEnded", "2026-10-20", { subscriptionId: "SB1", cause: "mandate_cancelled" });
const running = [...paid, subscribed("SB1", "MD1", "2026-10-01", 8), ...october];
const newMandate = [
  fact("MandateActivated", "2026-12-20", { mandateId: "MD2" }),
  subscribed("SB2", "MD2", "2027-01-01", 5),
];

const missed = (today: string, ...events: readonly PaymentEvent[]) => missedDays(linkAfter(...events), today);

describe("the day of a monthly fee", () => {
  test("is missed once it has passed without a mandate and GoCardless has had time to report", () => {
    expect(missed("2026-11-03", ...running, mandateGone, endedWithIt)).toEqual([]);
    expect(missed("2026-11-04", ...running, mandateGone, endedWithIt)).toEqual(["2026-11-01"]);
    // Whichever of the two ends was reported.
    expect(missed("2026-12-10", ...running, mandateGone)).toEqual(["2026-11-01", "2026-12-01"]);
    expect(missed("2027-08-01", ...running, endedWithIt)).toHaveLength(7);
  });

  test("is not missed while the mandate lives, whatever became of the collection", () => {
    expect(missed("2027-05-20", ...running)).toEqual([]);
    const stopped = fact("SubscriptionEnded", "2026-10-20", { subscriptionId: "SB1" });
    expect(missed("2027-05-20", ...running, stopped)).toEqual([]);
  });

  test("is not missed if the club had paused it before the mandate ended", () => {
    const paused = [
      fact("MonthlyPaymentDated", "2026-12-26", { paymentId: "PM9", amountPence: 2_750, chargeDate: "2027-01-04" }),
      fact("MonthlyPaymentCollected", "2027-01-08", { paymentId: "PM9" }),
    ];
    const gone = fact("MandateFailed", "2027-01-20", { mandateId: "MD1" });
    const end = fact("SubscriptionEnded", "2027-01-21", { subscriptionId: "SB1", cause: "mandate_cancelled" });
    for (const ends of [[gone], [end], [gone, end]])
      expect(missed("2027-02-10", ...running, ...paused, ...ends)).toEqual(["2027-02-01"]);
  });

  test("is missed although the subscription's end was reported after it", () => {
    const end = fact("SubscriptionEnded", "2026-11-02", { subscriptionId: "SB1", cause: "mandate_cancelled" });
    expect(missed("2026-11-10", ...running, mandateGone, end)).toEqual(["2026-11-01"]);
  });

  test("stays missed when another mandate collects the months that follow", () => {
    const again = [...running, mandateGone, endedWithIt, ...newMandate];
    expect(missed("2027-02-20", ...again)).toEqual(["2026-11-01", "2026-12-01"]);
  });

  test.each(["bank_account_closed", "refer_to_payer", "authorisation_disputed", "other"])(
    "is missed although the bank's reason %s names no mandate",
    (cause) => {
      const ended = fact("SubscriptionEnded", "2026-10-20", { subscriptionId: "SB1", cause });
      expect(missed("2027-02-20", ...running, mandateGone, ended, ...newMandate)).toEqual(["2026-11-01", "2026-12-01"]);
    },
  );

  test("is not missed after the subscription ended by itself", () => {
    for (const cause of ["subscription_cancelled", "subscription_finished", "customer_approval_denied"]) {
      const ended = fact("SubscriptionEnded", "2026-10-20", { subscriptionId: "SB1", cause });
      expect(missed("2027-05-20", ...running, ended)).toEqual([]);
    }
  });

  test("is not missed if GoCardless created a payment, even one that may fail or has no day yet", () => {
    const made = (chargeDate?: string) =>
      chargeDate
        ? fact("MonthlyPaymentDated", "2026-10-27", { paymentId: "PM8", amountPence: 2_750, chargeDate })
        : fact("MonthlyPaymentCreated", "2026-10-27", { paymentId: "PM8" });
    const gone = [...running, mandateGone, endedWithIt];
    // 1 November was a Sunday.
    expect(missed("2026-11-10", ...gone, made("2026-11-02"))).toEqual([]);
    expect(missed("2026-11-10", ...gone, made())).toEqual([]);
  });

  test("is missed from the end of the notice if the mandate ended before it had a subscription", () => {
    const gone = [...paid, fact("MandateFailed", "2026-09-15", { mandateId: "MD1" })];
    expect(missed("2026-11-10", ...gone)).toEqual(["2026-10-01", "2026-11-01"]);
    const late = fact("PaymentFulfilled", "2026-10-28", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" });
    const gonePaidLate = [...paid.slice(0, 1), late, fact("MandateFailed", "2026-10-30", { mandateId: "MD1" })];
    expect(missed("2026-12-10", ...gonePaidLate)).toEqual(["2026-12-01"]);
    expect(missed("2026-12-10", ...paid)).toEqual([]);
  });

  test("is not missed by a family that was cancelled or owes the fee", () => {
    const closed: PaymentEvent = {
      type: "PaymentLinkClosed",
      data: { billingRequestId: LINK, closedAt: "2026-10-21T10:00:00.000Z" },
    };
    expect(missed("2027-05-20", ...running, mandateGone, closed)).toEqual([]);
    const chargedBack = fact("PaymentChargedBack", "2026-10-21", { paymentId: "PM1" });
    expect(missed("2027-05-20", ...running, mandateGone, chargedBack)).toEqual([]);
  });
});

describe("a month that was never collected", () => {
  const now = new Date("2026-12-10T12:00:00.000Z");
  const gone = [...running, mandateGone, endedWithIt];
  const noticed = missMonths(now)(linkAfter(...gone));
  const facts = { collecting: true, inSeason: true };

  test("is recorded once", () => {
    expect(dueSteps({ ...facts, today: "2026-12-10" })(linkAfter(...gone))[0]).toEqual({ do: "miss_months" });
    const about = { billingRequestId: LINK, amountPence: 2_750, noticedAt: now.toISOString() };
    expect(noticed).toEqual([
      { type: "MonthlyFeeMissed", data: { ...about, month: "2026-11", dueOn: "2026-11-01" } },
      { type: "MonthlyFeeMissed", data: { ...about, month: "2026-12", dueOn: "2026-12-01" } },
    ]);
    expect(missMonths(now)(linkAfter(...gone, ...noticed))).toEqual([]);
  });

  test("leaves the family behind, and the link asks for it and a mandate", () => {
    const link = linkAfter(...gone, ...noticed);
    expect(monthlyStanding(link, true)).toMatchObject({ behindPence: 5_500, monthsMissed: 2, mandate: "gone" });
    expect(nextStep({ ...facts, tapped: false })(link)).toMatchObject({
      do: "ask_again",
      owed: { feePence: 0, mandate: true, months: ["2026-11", "2026-12"], monthsPence: 5_500 },
    });
    // It stays owed after the season's end.
    expect(monthlyStanding(link, false)).toMatchObject({ behindPence: 5_500, mandate: "none" });
  });

  test("is settled by paying through the link", () => {
    const requestId = "BRQ000NEXT";
    const asked: PaymentEvent = {
      type: "PaymentLinkReopened",
      data: {
        billingRequestId: LINK,
        registrationId: "r-1",
        requestId,
        replaces: LINK,
        count: 1,
        feePence: 0,
        mandate: true,
        months: ["2026-11", "2026-12"],
        monthsPence: 5_500,
        missedAt: "2026-12-01T00:00:00.000Z",
        reopenedAt: now.toISOString(),
      },
    };
    const settled = fact("PaymentFulfilled", "2026-12-11", { requestId, paymentId: "PM20", mandateId: "MD2" });
    const link = linkAfter(...gone, ...noticed, asked, settled, ...newMandate);
    expect(monthlyStanding(link, true)).toMatchObject({ behindPence: 0, monthsMissed: 0, mandate: "active" });
    expect(missedDays(link, "2027-05-20")).toEqual([]);
  });

  test("counts as collected if GoCardless says so later, in any order", () => {
    const late = [
      fact("MonthlyPaymentDated", "2026-12-20", { paymentId: "PM8", amountPence: 2_750, chargeDate: "2026-11-02" }),
      fact("MonthlyPaymentCollected", "2026-11-06", { paymentId: "PM8" }),
    ];
    const events = [...noticed, ...late];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        const link = linkAfter(...gone, ...order);
        expect(monthlyStanding(link, true)).toMatchObject({ behindPence: 2_750, monthsMissed: 1 });
      }),
    );
  });
});
