import type { PaymentEvent } from "@touchline/contracts";
import { describe, expect, test } from "vitest";
import { evolve } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { createSeasons } from "../follow-up/season.ts";
import type { Link, LinkState } from "../payment/state.ts";
import { createFees } from "./fees.ts";

const fees = createFees(createSeasons({}, () => new Date("2026-11-10T10:00:00Z")));
const feesAfter = (...events: PaymentEvent[]) => fees(events.reduce<LinkState>(evolve, { status: "none" }) as Link);

const at = "2026-11-11T10:00:00.000Z";
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
    createdAt: at,
  },
};
const ended: PaymentEvent = {
  type: "SubscriptionEnded",
  data: { billingRequestId: LINK, subscriptionId: "SB1", occurredAt: at, via: "webhook", action: "cancelled" },
};

test("a family sees its own amounts and days, as far as they are collected", () => {
  expect(feesAfter(tokenCreated())).toBe("£45 once, then £27.50 a month from 1 December to 1 May by Direct Debit");
  expect(feesAfter(tokenCreated(), subscribed)).toBe("£45 once, then £27.50 a month until 1 May by Direct Debit");
  expect(feesAfter(tokenCreated(), subscribed, ended)).toBe("£45 once");
  expect(feesAfter(tokenCreated({ mandate: false }))).toBe("£45 once");
  expect(feesAfter(tokenCreated({ feePence: 0, mandate: true, monthlyFeePence: 0 }))).toBe("");
});

describe("what the link asks for", () => {
  const said = { billingRequestId: LINK, occurredAt: at, via: "webhook", action: "x" } as const;
  const cash = (amountPence: number): PaymentEvent[] => {
    const record = { recordId: "cash-1", kind: "cash", amountPence, note: "R-1", recordedAt: at } as const;
    return [
      { type: "MoneyElsewhereRequested", data: { billingRequestId: LINK, ...record } },
      { type: "PaymentTokenCancelled", data: { ...said, requestId: LINK, by: "us" } },
      { type: "MoneyElsewhereRecorded", data: { billingRequestId: LINK, ...record } },
    ];
  };
  const monthly = "£27.50 a month from 1 December to 1 May by Direct Debit";

  test("is the rest of the fee once a part was settled elsewhere", () => {
    expect(feesAfter(tokenCreated({ mandate: false }), ...cash(2_000))).toBe("£25 once");
    expect(feesAfter(tokenCreated(), ...cash(2_000))).toBe(`£25 once, then ${monthly}`);
  });

  test("is the monthly fee alone if the fee is settled and the mandate is missing", () => {
    expect(feesAfter(tokenCreated(), ...cash(4_500))).toBe(monthly);
  });

  test("includes missed months, and after all is paid it is what the family pays", () => {
    const paid: PaymentEvent[] = [
      tokenCreated(),
      { type: "PaymentFulfilled", data: { ...said, requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
      { type: "MandateActivated", data: { ...said, mandateId: "MD1" } },
      subscribed,
    ];
    const dated = { ...said, paymentId: "PM7", amountPence: 2_750, chargeDate: "2026-12-01" };
    const missed: PaymentEvent[] = [
      { type: "MonthlyPaymentDated", data: dated },
      { type: "MonthlyPaymentFailed", data: { ...said, paymentId: "PM7" } },
    ];
    expect(feesAfter(...paid)).toBe("£45 once, then £27.50 a month until 1 May by Direct Debit");
    expect(feesAfter(...paid, ...missed)).toBe("£27.50 once, then £27.50 a month until 1 May by Direct Debit");
  });
});
