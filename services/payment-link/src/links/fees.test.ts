import type { PaymentEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
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
