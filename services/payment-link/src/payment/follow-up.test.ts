import type { PaymentEvent } from "@touchline/contracts";
import { describe, expect, test } from "vitest";
import { evolve, linkAfter } from "../../test/fold.ts";
import { tokenCreated as created, LINK } from "../../test/token.ts";
import { amendLink } from "./amend.ts";
import { destinationOf } from "./destination.ts";
import { dueSteps, nextStep } from "./follow-up.ts";
import type { LinkState } from "./state.ts";
import { paymentStatus } from "./status.ts";

const base = { billingRequestId: LINK, occurredAt: "2026-11-22T11:00:00.000Z", via: "webhook", action: "x" } as const;

const fulfilled: PaymentEvent = {
  type: "PaymentFulfilled",
  data: { ...base, requestId: LINK, paymentId: "PM1", mandateId: "MD1" },
};
const fulfilledAgain: PaymentEvent = {
  type: "PaymentFulfilled",
  data: { ...base, requestId: "BRQ000NEXT", paymentId: "PM2" },
};
const active: PaymentEvent = { type: "MandateActivated", data: { ...base, mandateId: "MD1" } };
const ended: PaymentEvent = {
  type: "MandateFailed",
  data: { ...base, mandateId: "MD1", occurredAt: "2026-11-22T11:30:00.000Z" },
};
const failed: PaymentEvent = { type: "PaymentFailed", data: { ...base, paymentId: "PM1" } };
const withdrawn: PaymentEvent = {
  type: "PaymentChargebackCancelled",
  data: { ...base, paymentId: "PM1", occurredAt: "2026-11-22T11:40:00.000Z" },
};
const closed: PaymentEvent = { type: "PaymentLinkClosed", data: { billingRequestId: LINK, closedAt: base.occurredAt } };
const cancelled = (by: "us" | "gocardless", requestId = LINK): PaymentEvent => ({
  type: "PaymentTokenCancelled",
  data: { ...base, requestId, by },
});
const again = (asked: { feePence: number; mandate: boolean }): PaymentEvent => ({
  type: "PaymentLinkReopened",
  data: {
    billingRequestId: LINK,
    registrationId: "r-1",
    requestId: "BRQ000NEXT",
    replaces: LINK,
    count: 1,
    ...asked,
    reopenedAt: base.occurredAt,
  },
});
const reopened = again({ feePence: 4_500, mandate: false });
const subscribed: PaymentEvent = {
  type: "SubscriptionCreated",
  data: {
    billingRequestId: LINK,
    subscriptionId: "SB1",
    mandateId: "MD1",
    amountPence: 2_750,
    dayOfMonth: 1,
    startDate: "2026-12-01",
    payments: 6,
    createdAt: base.occurredAt,
  },
};
const subscriptionEnded: PaymentEvent = { type: "SubscriptionEnded", data: { ...base, subscriptionId: "SB1" } };

const step = (events: PaymentEvent[], { tapped = false, collecting = true, inSeason = true } = {}) => {
  const link = events.reduce<LinkState>(evolve, { status: "none" });
  if (link.status === "none") throw new Error("no link");
  return nextStep({ tapped, collecting, inSeason })(link);
};

describe("nextStep", () => {
  test("is nothing while the parent has not paid", () => expect(step([created()])).toBeUndefined());

  test("is a subscription once the fee is paid and the mandate can be used, whichever came first", () => {
    expect(step([created(), fulfilled])).toBeUndefined();
    expect(step([created(), active])).toBeUndefined();
    expect(step([created(), fulfilled, active])).toMatchObject({ do: "subscribe", mandateId: "MD1" });
    expect(step([created(), active, fulfilled])).toMatchObject({ do: "subscribe", mandateId: "MD1" });
  });

  test("is no second subscription, none without a monthly fee, and none out of season", () => {
    expect(step([created(), fulfilled, active, subscribed])).toBeUndefined();
    expect(step([created({ monthlyFeePence: 0 }), fulfilled, active])).toBeUndefined();
    expect(step([created(), fulfilled, active], { inSeason: false })).toBeUndefined();
  });

  test("is no new subscription if the old one ended while the mandate lives, but one on a new mandate", () => {
    expect(step([created(), fulfilled, active, subscribed, subscriptionEnded])).toBeUndefined();
    expect(step([created(), fulfilled, active, subscriptionEnded, subscribed])).toBeUndefined();
    const next: PaymentEvent = {
      type: "MandateActivated",
      data: { ...base, mandateId: "MD2", occurredAt: "2026-11-22T11:50:00.000Z" },
    };
    expect(step([created(), fulfilled, active, subscribed, ended, subscriptionEnded, next])).toEqual({
      do: "subscribe",
      mandateId: "MD2",
      count: 0,
    });
  });

  test.each(["mandate_cancelled", "bank_account_closed"])(
    "is a new subscription on a reinstated mandate if the old one ended with the mandate (%s)",
    (cause) => {
      const withMandate: PaymentEvent = {
        type: "SubscriptionEnded",
        data: { ...base, subscriptionId: "SB1", cause },
      };
      const reinstated: PaymentEvent = {
        type: "MandateActivated",
        data: { ...base, mandateId: "MD1", occurredAt: "2026-11-22T11:50:00.000Z" },
      };
      const gone = [created(), fulfilled, active, subscribed, ended, withMandate];
      expect(step(gone)).toBeUndefined();
      const another = { do: "subscribe", mandateId: "MD1", count: 1 };
      expect(step([...gone, reinstated])).toEqual(another);
      expect(step([created(), fulfilled, active, withMandate, reinstated, ended, subscribed])).toEqual(another);
      const { data, type } = subscribed;
      expect(step([...gone, reinstated, { type, data: { ...data, subscriptionId: "SB2" } }])).toBeUndefined();
    },
  );

  test("is a subscription on a new mandate, whether or not the end of the old subscription was reported", () => {
    const next: PaymentEvent = {
      type: "MandateActivated",
      data: { ...base, mandateId: "MD2", occurredAt: "2026-11-22T11:50:00.000Z" },
    };
    const moved = [created(), fulfilled, active, subscribed, ended, next];
    expect(step(moved)).toEqual({ do: "subscribe", mandateId: "MD2", count: 0 });
    // If the registration is cancelled, both end; if the bank reinstates the first mandate, the older one ends.
    const older = { do: "cancel_subscription", subscriptionId: "SB1" };
    expect(step([...moved, closed])).toEqual(older);
    const { data, type } = subscribed;
    const both = [...moved, { type, data: { ...data, subscriptionId: "SB2", mandateId: "MD2" } } as PaymentEvent];
    expect(step(both)).toBeUndefined();
    const reinstated = { ...next, data: { ...next.data, mandateId: "MD1" } } as PaymentEvent;
    expect(step([...both, reinstated])).toEqual(older);
    expect(step([...both, reinstated, subscriptionEnded])).toBeUndefined();
  });

  test("is no new subscription when a mandate is replaced: the old one goes on, and stays ended if the club ended it", () => {
    const replaced = (mandateId: string, newMandateId: string): PaymentEvent => ({
      type: "MandateReplaced",
      data: { ...base, mandateId, newMandateId, occurredAt: "2026-11-22T11:30:00.000Z" },
    });
    const [once, twice] = [replaced("MD1", "MD2"), replaced("MD2", "MD3")];
    const begun = [created(), fulfilled, active];
    for (const rest of [
      [subscribed, once, subscriptionEnded],
      [once, subscriptionEnded, subscribed],
      [subscribed, twice, subscriptionEnded, once],
    ]) {
      expect(step([...begun, ...rest])).toBeUndefined();
    }
    expect(step([...begun, once])).toMatchObject({ do: "subscribe", mandateId: "MD2" });
  });

  test("is to ask once for what is owed after a reversal", () => {
    const owed = { feePence: 4_500, mandate: false, months: [], monthsPence: 0 };
    expect(step([created(), fulfilled, active, subscribed, failed])).toEqual({
      do: "ask_again",
      replaces: LINK,
      count: 1,
      owed,
    });
    expect(step([created(), fulfilled, active, subscribed, failed, reopened])).toBeUndefined();
  });

  test("is to ask for fee, mandate or both", () => {
    const owedAfter = (...events: PaymentEvent[]) => {
      const next = step([created(), fulfilled, ...events], { tapped: true });
      return next?.do === "ask_again" ? next.owed : next;
    };
    expect(owedAfter(failed)).toMatchObject({ feePence: 4_500, mandate: false });
    expect(owedAfter(ended)).toMatchObject({ feePence: 0, mandate: true });
    expect(owedAfter(failed, ended)).toMatchObject({ feePence: 4_500, mandate: true });
    expect(step([created(), fulfilled, ended], { tapped: true, collecting: false, inSeason: false })).toBeUndefined();
    // A mandate alone is asked for only when the parent opens the link.
    expect(step([created(), fulfilled, ended])).toBeUndefined();
  });

  test("is to cancel the request if the money comes back, so that nobody pays twice", () => {
    expect(step([created(), fulfilled, failed, reopened, withdrawn])).toEqual({
      do: "cancel_request",
      requestId: "BRQ000NEXT",
    });
    expect(step([created(), fulfilled, failed, reopened, withdrawn, cancelled("us", "BRQ000NEXT")])).toBeUndefined();
  });

  test("is to replace a request for fee and mandate by one for the mandate if the fee comes back", () => {
    const both = [created(), fulfilled, active, failed, ended, again({ feePence: 4_500, mandate: true }), withdrawn];
    expect(step(both)).toEqual({ do: "cancel_request", requestId: "BRQ000NEXT" });
    const then = step([...both, cancelled("us", "BRQ000NEXT")], { tapped: true });
    expect(then).toMatchObject({
      do: "ask_again",
      count: 2,
      owed: { feePence: 0, mandate: true, months: [], monthsPence: 0 },
    });
  });

  test("is to replace a request for a mandate by one for both if the fee goes back too", () => {
    const mandateOnly = [created(), fulfilled, active, ended, again({ feePence: 0, mandate: true })];
    expect(step(mandateOnly)).toBeUndefined();
    expect(step([...mandateOnly, failed])).toEqual({ do: "cancel_request", requestId: "BRQ000NEXT" });
    const then = step([...mandateOnly, failed, cancelled("us", "BRQ000NEXT")]);
    expect(then).toMatchObject({
      do: "ask_again",
      count: 2,
      owed: { feePence: 4_500, mandate: true, months: [], monthsPence: 0 },
    });
  });

  test("leaves the subscription running once the fee is paid again", () => {
    expect(step([created(), fulfilled, active, failed, reopened, fulfilledAgain])).toMatchObject({
      do: "subscribe",
      mandateId: "MD1",
    });
  });

  describe("other terms", () => {
    const amended = (monthlyFeePence: number, count = 1, preferredPaymentDay = 1): PaymentEvent => ({
      type: "PaymentLinkAmended",
      data: { billingRequestId: LINK, monthlyFeePence, preferredPaymentDay, count, amendedAt: base.occurredAt },
    });
    const both = { feePence: 4_500, mandate: true };

    test("before anything is paid lead to another request, marked as amended", () => {
      expect(step([created(), amended(2_000)])).toEqual({ do: "cancel_request", requestId: LINK });
      expect(step([created(), amended(2_000), cancelled("us")])).toMatchObject({
        do: "ask_again",
        owed: both,
        amended: true,
      });
      expect(step([created(), amended(2_000), cancelled("us"), again(both)])).toBeUndefined();
      // Days 29 to 31 all mean the last day of the month.
      const last = [created({ preferredPaymentDay: 31 }), amended(2_750, 1, -1)];
      expect(step(last)).toBeUndefined();
      // Paid at that moment: the subscription will have the new terms.
      expect(step([created(), amended(2_000), fulfilled, active])).toMatchObject({ do: "subscribe" });
    });

    test("do not stop a reversal from asking again and texting the parent", () => {
      const next = step([created(), fulfilled, active, amended(2_000), failed]);
      expect(next).toMatchObject({ do: "ask_again", owed: { feePence: 4_500, mandate: false } });
      expect(next).not.toHaveProperty("amended");
    });

    test("without a monthly fee ask for no mandate; with a first monthly fee they do", () => {
      expect(step([created(), amended(0), cancelled("us")])).toMatchObject({
        owed: { feePence: 4_500, mandate: false },
      });
      const free = created({ monthlyFeePence: 0, mandate: false });
      expect(step([free, amended(2_000), cancelled("us")])).toMatchObject({ owed: both });
      const paidFree = [free, fulfilled, amended(2_000)];
      expect(step(paidFree)).toBeUndefined();
      expect(
        step([free, { ...fulfilled, data: { ...base, requestId: LINK, paymentId: "PM1" } }, amended(2_000)], {
          tapped: true,
        }),
      ).toMatchObject({
        do: "ask_again",
        owed: { feePence: 0, mandate: true },
      });
    });

    test("of an earlier amendment that arrives late change nothing", () => {
      const link = [created(), amended(2_000, 2)].reduce<LinkState>(evolve, { status: "none" });
      const late = { monthlyFeePence: 1_000, preferredPaymentDay: 5, count: 1, amendedAt: base.occurredAt };
      expect(amendLink(late, () => undefined)(link)).toEqual([]);
      const next = { ...late, count: 3 };
      expect(amendLink(next, () => ({ pence: 1_000, from: "2026-12-05", until: "2027-05-05" }))(link)).toEqual([
        {
          type: "PaymentLinkAmended",
          data: { billingRequestId: LINK, ...next, monthlyFrom: "2026-12-05", monthlyUntil: "2027-05-05" },
        },
      ]);
    });
  });

  test("cancels the request and then the subscription of a cancelled registration, and asks for nothing", () => {
    expect(step([created(), closed])).toEqual({ do: "cancel_request", requestId: LINK });
    expect(step([created(), closed, cancelled("us")])).toBeUndefined();
    expect(step([created(), fulfilled, active, subscribed, closed])).toEqual({
      do: "cancel_subscription",
      subscriptionId: "SB1",
    });
    expect(step([created(), fulfilled, active, subscribed, closed, subscriptionEnded])).toBeUndefined();
    expect(step([created(), fulfilled, failed, closed])).toBeUndefined();
    expect(step([created(), cancelled("gocardless")])).toBeUndefined();
  });

  test("asks again for a fee that came back although somebody cancelled a request for a new mandate", () => {
    const paid = [created(), fulfilled, active, ended, again({ feePence: 0, mandate: true })];
    const link = linkAfter(...paid, cancelled("gocardless", "BRQ000NEXT"), failed);
    expect(nextStep({ tapped: false, collecting: true, inSeason: true })(link)).toMatchObject({
      do: "ask_again",
      owed: { feePence: 4_500, mandate: true },
    });
    expect([paymentStatus(link).status, destinationOf(link, true).to]).toEqual(["failed", "new_request"]);
  });
});

describe("an erased link", () => {
  const erasedLink: PaymentEvent = {
    type: "PaymentLinkErased",
    data: { billingRequestId: LINK, erasedAt: base.occurredAt },
  };
  const removed: PaymentEvent = {
    type: "PayersRemoved",
    data: { billingRequestId: LINK, payers: 1, removedAt: base.occurredAt },
  };
  const confirmed: PaymentEvent = { type: "PaymentConfirmed", data: { ...base, paymentId: "PM1" } };

  test("has its payer removed once, when nothing of it is open or collecting", () => {
    expect(step([created(), closed, erasedLink])).toEqual({ do: "cancel_request", requestId: LINK });
    expect(step([created(), closed, erasedLink, cancelled("us")])).toEqual({ do: "remove_payers" });
    const paid = [created(), fulfilled, active, confirmed, subscribed, closed, erasedLink];
    expect(step([...paid])).toMatchObject({ do: "cancel_subscription" });
    expect(step([...paid, subscriptionEnded])).toEqual({ do: "remove_payers" });
    expect(step([...paid, subscriptionEnded, removed])).toBeUndefined();
  });

  test("keeps its payer while money is under way", () => {
    const ending = [closed, erasedLink];
    expect(step([created(), fulfilled, ...ending])).toBeUndefined();
    expect(step([created(), fulfilled, confirmed, ...ending])).toEqual({ do: "remove_payers" });
    const month: PaymentEvent = { type: "MonthlyPaymentSubmitted", data: { ...base, paymentId: "PM9" } };
    expect(step([created(), fulfilled, confirmed, month, ...ending])).toBeUndefined();
  });

  test("keeps its payer until a refund has arrived or come back, or for a month if nobody reports that", () => {
    const refund = { ...base, refundId: "RF1" };
    const made: PaymentEvent = {
      type: "RefundCreated",
      data: { ...refund, paymentId: "PM1", amountPence: 4_500 },
    };
    const refunded = [created(), fulfilled, confirmed, made, closed, erasedLink];
    const due = (today: string, ...more: PaymentEvent[]) =>
      dueSteps({ collecting: true, inSeason: true, today })(linkAfter(...refunded, ...more)).map((one) => one.do);
    expect(due("2026-11-23")).toEqual([]);
    expect(due("2026-11-23", { type: "RefundPaid", data: refund })).toEqual(["remove_payers"]);
    expect(due("2026-11-23", { type: "RefundReturned", data: refund })).toEqual(["remove_payers"]);
    expect(due("2026-12-21")).toEqual([]);
    expect(due("2026-12-22")).toEqual(["remove_payers"]);
  });

  test("that was only cancelled keeps its payer", () => {
    expect(step([created(), fulfilled, confirmed, closed])).toBeUndefined();
  });
});
