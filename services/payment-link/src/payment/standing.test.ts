import type { PaymentEvent } from "@touchline/contracts";
import { describe, expect, test } from "vitest";
import { evolve, linkAfter } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { announceMonths, refuseRefund, requestRefund } from "./decide-money.ts";
import { dueSteps, nextStep } from "./follow-up.ts";
import { monthlyStanding } from "./standing.ts";
import type { Link } from "./state.ts";

const now = new Date("2026-12-10T12:00:00.000Z");
const facts = { collecting: true, inSeason: true, today: "2026-12-10" };

let minute = 0;
const at = () => new Date(Date.UTC(2026, 10, 22, 10, minute++)).toISOString();
const fact = (type: PaymentEvent["type"], about: object) =>
  ({
    type,
    data: {
      billingRequestId: LINK,
      providerEventId: `EV${minute}`,
      occurredAt: at(),
      via: "webhook",
      action: type,
      ...about,
    },
  }) as PaymentEvent;

const paid = [
  tokenCreated(),
  fact("PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }),
  fact("MandateActivated", { mandateId: "MD1" }),
  fact("PaymentConfirmed", { paymentId: "PM1" }),
];
const dated = fact("MonthlyPaymentDated", { paymentId: "PM7", amountPence: 2_500, chargeDate: "2026-12-01" });
const missed = [...paid, dated, fact("MonthlyPaymentFailed", { paymentId: "PM7" })];
const asked: PaymentEvent = {
  type: "PaymentLinkReopened",
  data: {
    billingRequestId: LINK,
    registrationId: "r-1",
    requestId: "BRQ000NEXT",
    replaces: LINK,
    count: 1,
    feePence: 0,
    mandate: false,
    months: ["PM7"],
    monthsPence: 2_500,
    missedAt: "2026-12-05T10:00:00.000Z",
    reopenedAt: now.toISOString(),
  },
};
const paidByLink = fact("PaymentFulfilled", { requestId: "BRQ000NEXT", paymentId: "PM20" });
const lateRetry = fact("MonthlyPaymentCollected", { paymentId: "PM7" });
const step = (link: Link) => nextStep({ ...facts, tapped: false })(link);

describe("a missed month", () => {
  test("is asked for through the link, for its amount", () => {
    expect(step(linkAfter(...missed))).toEqual({
      do: "ask_again",
      replaces: LINK,
      count: 1,
      owed: { feePence: 0, mandate: false, months: ["PM7"], monthsPence: 2_500 },
    });
  });

  test("is looked up first if its amount is unknown, since the club may have changed it", () => {
    const unknown = linkAfter(...paid, fact("MonthlyPaymentFailed", { paymentId: "PM7" }));
    expect(step(unknown)).toEqual({ do: "read_months", paymentIds: ["PM7"] });
  });

  test("is not asked for while GoCardless retries", () => {
    const retried = linkAfter(...paid, dated, fact("MonthlyPaymentRetried", { paymentId: "PM7" }));
    expect([step(retried)?.do, monthlyStanding(retried, true).behindPence]).toEqual(["subscribe", 0]);
  });

  test("is asked for with a mandate if that is gone, even if it ends while the month is asked for", () => {
    const gone = fact("MandateFailed", { mandateId: "MD1" });
    expect(step(linkAfter(...missed, gone))).toMatchObject({ owed: { mandate: true, monthsPence: 2_500 } });
    expect(step(linkAfter(...missed, asked, gone))).toEqual({ do: "cancel_request", requestId: "BRQ000NEXT" });
  });

  test("and a second one lead to another request for both", () => {
    const second = [
      fact("MonthlyPaymentDated", { paymentId: "PM8", amountPence: 2_750 }),
      fact("MonthlyPaymentFailed", { paymentId: "PM8" }),
    ];
    const cancelled = fact("PaymentTokenCancelled", { requestId: "BRQ000NEXT", by: "us" });
    expect(step(linkAfter(...missed, asked, ...second))?.do).toBe("cancel_request");
    expect(step(linkAfter(...missed, asked, ...second, cancelled))).toMatchObject({
      owed: { months: ["PM7", "PM8"], monthsPence: 5_250 },
    });
  });

  test("is settled by the link or by a late retry; then the request is cancelled", () => {
    expect(monthlyStanding(linkAfter(...missed, asked, paidByLink), true).behindPence).toBe(0);
    const retried = linkAfter(...missed, asked, lateRetry);
    expect(monthlyStanding(retried, true).behindPence).toBe(0);
    expect(step(retried)).toEqual({ do: "cancel_request", requestId: "BRQ000NEXT" });
  });

  test("is missed again if the payment through the link fails", () => {
    const failed = linkAfter(...missed, asked, paidByLink, fact("PaymentFailed", { paymentId: "PM20" }));
    expect(monthlyStanding(failed, true)).toMatchObject({ behindPence: 2_500, monthsMissed: 1 });
  });

  test("that comes in both ways is paid twice until it is refunded", () => {
    const both = [...missed, asked, paidByLink, lateRetry];
    expect(monthlyStanding(linkAfter(...both), true)).toMatchObject({ behindPence: 0, paidTwicePence: 2_500 });
    const back = fact("RefundCreated", { refundId: "RF1", paymentId: "PM20", amountPence: 2_500 });
    expect(monthlyStanding(linkAfter(...both, back), true)).toMatchObject({ behindPence: 0, paidTwicePence: 0 });
  });

  describe("without a mandate that is paid through the link", () => {
    const missedFee: PaymentEvent = {
      type: "MonthlyFeeMissed",
      data: { billingRequestId: LINK, month: "2026-12", dueOn: "2026-12-01", amountPence: 2_500, noticedAt: at() },
    };
    const askedForIt = { ...asked, data: { ...asked.data, months: ["2026-12"] } } as PaymentEvent;
    const both = [...paid, missedFee, askedForIt, paidByLink, dated];

    test("and collected after all is paid twice until it is refunded", () => {
      const link = linkAfter(...both, lateRetry);
      expect(monthlyStanding(link, true)).toMatchObject({ behindPence: 0, paidTwicePence: 2_500 });
      expect(requestRefund({ refundRequestId: "rf-1", amountPence: 2_500, now })(link)).toMatchObject([
        { type: "RefundRequested", data: { paymentId: "PM20" } },
      ]);
      for (const paymentId of ["PM20", "PM7"]) {
        const back = fact("RefundCreated", { refundId: "RF1", paymentId, amountPence: 2_500 });
        expect(monthlyStanding(linkAfter(...both, lateRetry, back), true)).toMatchObject({
          behindPence: 0,
          paidTwicePence: 0,
        });
      }
    });

    test("is not asked for again if the late collection fails", () => {
      const failed = fact("MonthlyPaymentFailed", { paymentId: "PM7" });
      expect(monthlyStanding(linkAfter(...both, failed), true)).toMatchObject({ behindPence: 0, paidTwicePence: 0 });
    });
  });

  test("is not paid twice if its payment was reported before the finished page", () => {
    const early = linkAfter(...missed, asked, fact("PaymentConfirmed", { paymentId: "PM20" }));
    expect(monthlyStanding(early, true)).toMatchObject({ paidTwicePence: 0 });
  });

  test("does not count for a cancelled registration", () => {
    const closed: PaymentEvent = {
      type: "PaymentLinkClosed",
      data: { billingRequestId: LINK, closedAt: now.toISOString() },
    };
    expect(monthlyStanding(linkAfter(...missed, closed), true)).toMatchObject({ behindPence: 0, mandate: "active" });
  });
});

describe("announceMonths", () => {
  const after = (link: Link, collecting = true) => announceMonths(collecting, now)(link);

  test("announces nothing while all is paid, then once what is missing, then that it is settled", () => {
    expect(after(linkAfter(...paid))).toEqual([]);
    const behind = linkAfter(...missed);
    const [said, ...more] = after(behind);
    expect(more).toEqual([]);
    expect(said?.data).toMatchObject({ behindPence: 2_500, monthsMissed: 1, mandate: "active", mandatesGone: 0 });
    const announced = evolve(behind, said as PaymentEvent) as Link;
    expect(after(announced)).toEqual([]);
    expect(after(evolve(announced, lateRetry) as Link)).toMatchObject([{ data: { behindPence: 0, monthsMissed: 0 } }]);
  });

  test("counts each time a mandate is gone while fees are left to collect", () => {
    const gone = linkAfter(...paid, fact("MandateFailed", { mandateId: "MD1" }));
    expect(after(gone, false)).toEqual([]);
    const [said] = after(gone);
    expect(said?.data).toMatchObject({ mandate: "gone", mandatesGone: 1, behindPence: 0 });
    const next = [said as PaymentEvent, fact("MandateActivated", { mandateId: "MD2" })];
    const again = next.reduce((link, event) => evolve(link, event) as Link, gone);
    const [back] = after(again);
    expect(back?.data).toMatchObject({ mandate: "active", mandatesGone: 1 });
    const twice = [back as PaymentEvent, fact("MandateFailed", { mandateId: "MD2" })];
    expect(after(twice.reduce((link, event) => evolve(link, event) as Link, again))[0]?.data).toMatchObject({
      mandate: "gone",
      mandatesGone: 2,
    });
  });
});

describe("refunds", () => {
  const wish = (amountPence: number, refundRequestId = "wish-1") =>
    requestRefund({ refundRequestId, amountPence, now });
  const wished = (link: Link, ...more: Parameters<typeof wish>) =>
    wish(...more)(link).reduce((state, event) => evolve(state, event) as Link, link);

  test("are requested once, from one payment, and for no more than it has left", () => {
    const link = linkAfter(...paid);
    expect(wish(1_000)(link)).toMatchObject([
      { type: "RefundRequested", data: { paymentId: "PM1", amountPence: 1_000, totalPence: 1_000 } },
    ]);
    const once = wished(link, 1_000);
    expect(wish(1_000)(once)).toEqual([]);
    expect(dueSteps(facts)(once)[0]).toMatchObject({ do: "refund", wish: { id: "wish-1" } });
    expect(wish(3_500, "wish-2")(once)).toMatchObject([{ data: { totalPence: 4_500 } }]);
    const refused = wish(3_501, "wish-2")(once);
    expect(refused).toMatchObject([{ type: "RefundRefused", data: { code: "more_than_refundable" } }]);
    expect(wish(3_501, "wish-2")(wished(once, 3_501, "wish-2"))).toEqual([]);
  });

  test("that GoCardless refuses are not requested again, and the money can still be refunded", () => {
    const once = wished(linkAfter(...paid), 4_500);
    const [refused] = refuseRefund("wish-1", "balance_too_low", "no", now)(once);
    const link = evolve(once, refused as PaymentEvent) as Link;
    expect(refuseRefund("wish-1", "balance_too_low", "no", now)(link)).toEqual([]);
    expect(dueSteps(facts)(link).map(({ do: what }) => what)).not.toContain("refund");
    expect(wish(4_500, "wish-2")(link)).toMatchObject([{ type: "RefundRequested", data: { totalPence: 4_500 } }]);
  });

  test("begin with what was paid twice", () => {
    const both = linkAfter(...missed, asked, paidByLink, lateRetry);
    expect(wish(2_500)(both)).toMatchObject([{ data: { paymentId: "PM20" } }]);
  });

  test("are read if a webhook gave only their id", () => {
    const link = linkAfter(...paid, fact("RefundPaid", { refundId: "RF1" }));
    expect(dueSteps(facts)(link)).toContainEqual({ do: "read_refund", refundId: "RF1" });
  });

  test("of the whole fee end all asking, even for what else is missing", () => {
    const all = fact("RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 4_500 });
    expect(step(linkAfter(...missed, all))).toBeUndefined();
  });
});
