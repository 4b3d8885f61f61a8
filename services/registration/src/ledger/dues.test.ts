import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Account, applyToAccount } from "./account.ts";
import { type Due, duesOf, sums } from "./dues.ts";

const LINK = "BRQ0001";
const AGAIN = "BRQ0002";

const fact = (type: PaymentEvent["type"], data: object, day = "2026-09-10"): PaymentEvent =>
  ({
    type,
    data: {
      billingRequestId: LINK,
      action: "reported",
      via: "webhook",
      occurredAt: `${day}T10:00:00.000Z`,
      providerEventId: `EV${type}${day}${JSON.stringify(data)}`,
      ...data,
    },
  }) as PaymentEvent;

const token = fact("PaymentTokenCreated", {
  registrationId: "r-1",
  feePence: 4_500,
  monthlyFeePence: 2_750,
  season: "2627",
  preferredPaymentDay: 1,
  monthlyFrom: "2026-10-01",
  monthlyUntil: "2026-12-01",
  // Already September in London.
  createdAt: "2026-08-31T23:30:00.000Z",
});
const paid = fact("PaymentFulfilled", { requestId: LINK, paymentId: "PM1" });
const confirmed = fact("PaymentConfirmed", { paymentId: "PM1" }, "2026-09-11");
const subscribed = fact("SubscriptionCreated", {
  subscriptionId: "SB1",
  startDate: "2026-10-01",
  payments: 3,
  amountPence: 2_750,
});
const october = [
  fact("MonthlyPaymentCreated", { subscriptionId: "SB1", paymentId: "PMO" }, "2026-09-24"),
  fact("MonthlyPaymentDated", { paymentId: "PMO", amountPence: 2_750, chargeDate: "2026-10-01" }, "2026-09-24"),
];
const collected = fact("MonthlyPaymentCollected", { paymentId: "PMO" }, "2026-10-05");
const missed = fact("MonthlyPaymentFailed", { paymentId: "PMO" }, "2026-10-05");

const accountAfter = (events: readonly PaymentEvent[]): Account =>
  [token, ...events].reduce<Account | undefined>(applyToAccount, undefined) as Account;

/** Each due with the sums that are not 0. */
const after = (...events: readonly PaymentEvent[]) =>
  duesOf(accountAfter(events)).map((due) => {
    const shown = sums.filter((sum) => due[sum] !== 0).map((sum) => [sum, due[sum]]);
    return { due: due.due, month: due.month, ...Object.fromEntries(shown) };
  });

const waiting = ["2026-10", "2026-11", "2026-12"].map((month) => ({ due: month, month, expected: 2_750 }));
const fee = { due: "fee", month: "2026-09", expected: 4_500 };

describe("another monthly fee and payment day", () => {
  const amended = (more: object = {}) =>
    fact("PaymentLinkAmended", { monthlyFeePence: 2_000, preferredPaymentDay: 20, count: 1, ...more }, "2026-10-10");

  test("count towards what is expected before there is a subscription", () => {
    const link = amended({ monthlyFrom: "2026-10-20", monthlyUntil: "2026-12-20" });
    expect(after(link)).toEqual([fee, ...waiting.map((due) => ({ ...due, expected: 2_000 }))]);
    expect(after(amended({ monthlyFeePence: 0 }))).toEqual([fee]);
  });

  test("do not change the months collected before, on whichever day", () => {
    const next = { startDate: "2026-11-20", payments: 2, dayOfMonth: 20 };
    const replaced = [
      fact("SubscriptionCreated", { subscriptionId: "SB2", ...next }),
      fact("SubscriptionEnded", { subscriptionId: "SB1" }, "2026-10-10"),
    ];
    const first = fact("SubscriptionCreated", { ...subscribed.data, dayOfMonth: 1 });
    const events = [paid, confirmed, first, ...october, collected, amended(), ...replaced];
    const october27 = { due: "PMO", month: "2026-10", expected: 2_750, collected: 2_750 };
    const later = ["2026-11", "2026-12"].map((month) => ({ due: month, month, expected: 2_000 }));
    expect(after(...events)).toEqual([{ ...fee, collected: 4_500 }, october27, ...later]);
    // For a family that pays on the 20th, it would be September's.
    const november = [
      fact("MonthlyPaymentCreated", { subscriptionId: "SB2", paymentId: "PMN" }, "2026-11-16"),
      fact("MonthlyPaymentDated", { paymentId: "PMN", amountPence: 2_000, chargeDate: "2026-11-20" }, "2026-11-16"),
    ];
    const facts = [...replaced, ...october, collected, ...november];
    fc.assert(
      fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (order) => {
        const dues = after(paid, confirmed, first, amended(), ...order);
        expect(dues.map(({ month, due }) => `${month} ${due}`)).toEqual([
          "2026-09 fee",
          "2026-10 PMO",
          "2026-11 PMN",
          "2026-12 2026-12",
        ]);
      }),
    );
  });
});

describe("the fee", () => {
  test.each<[what: string, events: PaymentEvent[], became: object]>([
    ["nothing is paid yet", [], {}],
    ["it is on its way until it is confirmed", [paid], { on_its_way: 4_500 }],
    ["it is collected", [paid, confirmed], { collected: 4_500 }],
    [
      "it is with the club's bank",
      [paid, confirmed, fact("PaymentPaidOut", { paymentId: "PM1" }, "2026-09-12")],
      { collected: 4_500, paid_out: 4_500 },
    ],
    ["it failed", [paid, fact("PaymentFailed", { paymentId: "PM1" }, "2026-09-12")], { failed: 4_500 }],
    [
      "it was charged back after it was paid out",
      [
        paid,
        fact("PaymentPaidOut", { paymentId: "PM1" }, "2026-09-12"),
        fact("PaymentChargedBack", { paymentId: "PM1" }, "2026-09-20"),
      ],
      { failed: 4_500 },
    ],
    [
      "a part was given back",
      [paid, confirmed, fact("RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 1_000 })],
      { collected: 4_500, refunded: 1_000 },
    ],
    [
      "a refund that did not arrive is none",
      [
        paid,
        confirmed,
        fact("RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 1_000 }),
        fact("RefundReturned", { refundId: "RF1" }),
      ],
      { collected: 4_500 },
    ],
    [
      "a half was waived, and cash came for the rest",
      [
        fact("MoneyElsewhereRecorded", { recordId: "a", kind: "waiver", amountPence: 2_250, note: "N1" }),
        fact("MoneyElsewhereRecorded", { recordId: "b", kind: "cash", amountPence: 2_250, note: "N2" }),
      ],
      { waived: 2_250, elsewhere: 2_250 },
    ],
    [
      "cash was a mistake",
      [
        fact("MoneyElsewhereRecorded", { recordId: "b", kind: "cash", amountPence: 4_500, note: "N2" }),
        fact("MoneyElsewhereRecorded", { recordId: "c", kind: "cash", amountPence: 4_500, note: "N2", undoes: "b" }),
      ],
      {},
    ],
  ])("%s", (_what, events, became) => {
    expect(after(...events)).toEqual([{ ...fee, ...became }, ...waiting]);
  });

  test("a fee that failed and was then paid through the next request shows both", () => {
    const again = fact("PaymentLinkReopened", { requestId: AGAIN, feePence: 4_500 });
    const failed = fact("PaymentFailed", { paymentId: "PM1" }, "2026-09-12");
    const [first] = after(paid, failed, again, fact("PaymentFulfilled", { requestId: AGAIN, paymentId: "PM2" }));
    expect(first).toEqual({ ...fee, failed: 4_500, on_its_way: 4_500 });
  });

  test("a cancelled link expects no more than it has received", () => {
    expect(after(fact("PaymentLinkClosed", {}))).toEqual([]);
    expect(after(paid, confirmed, subscribed, fact("PaymentLinkErased", {}))).toEqual([{ ...fee, collected: 4_500 }]);
  });
});

describe("months", () => {
  const [, ...later] = waiting;

  test("a collection belongs to the month of its charge, whenever it is retried", () => {
    const retried = fact("MonthlyPaymentRetried", { paymentId: "PMO" }, "2026-10-06");
    const dated = { paymentId: "PMO", amountPence: 2_750, chargeDate: "2026-11-02" };
    const [, month, ...rest] = after(subscribed, ...october, missed, retried, fact("MonthlyPaymentDated", dated));
    expect(month).toEqual({ due: "PMO", month: "2026-10", expected: 2_750, on_its_way: 2_750 });
    expect(rest).toEqual(later);
  });

  test("a missed month paid through the link together with the fee counts for that month", () => {
    const again = { requestId: AGAIN, feePence: 4_500, months: ["PMO"], monthsPence: 2_750 };
    const asked = [subscribed, ...october, missed, fact("PaymentLinkReopened", again)];
    const [of, month] = after(
      ...asked,
      fact("PaymentFulfilled", { requestId: AGAIN, paymentId: "PM2" }),
      fact("PaymentConfirmed", { paymentId: "PM2" }),
    );
    expect(of).toEqual({ ...fee, collected: 4_500 });
    expect(month).toMatchObject({ due: "PMO", expected: 2_750, failed: 2_750, collected: 2_750 });
  });

  test("a skipped month is not expected", () => {
    const skipped = fact("MonthlyPaymentSkipped", { paymentId: "PMO" }, "2026-10-01");
    expect(after(subscribed, ...october, skipped)).toEqual([fee, ...later]);
  });

  test("a charge that waited for a working day, in the next month, is its own month's", () => {
    const lastDay = { ...token, data: { ...token.data, preferredPaymentDay: 31, monthlyFrom: "2026-10-31" } };
    const slipped = fact("MonthlyPaymentDated", { paymentId: "PMO", amountPence: 2_750, chargeDate: "2026-11-02" });
    const plan = { subscriptionId: "SB1", startDate: "2026-10-31", payments: 3, amountPence: 2_750 };
    const events = [lastDay as PaymentEvent, fact("SubscriptionCreated", plan), slipped, collected];
    const account = events.reduce<Account | undefined>(applyToAccount, undefined) as Account;
    expect(duesOf(account).map(({ due, month }) => [due, month])).toEqual([
      ["fee", "2026-09"],
      ["PMO", "2026-10"],
      ["2026-11", "2026-11"],
      ["2026-12", "2026-12"],
    ]);
  });

  const gone = fact("SubscriptionEnded", { subscriptionId: "SB1", cause: "mandate_cancelled" });
  const missedOctober = fact("MonthlyFeeMissed", { month: "2026-10", dueOn: "2026-10-01", amountPence: 2_750 });

  test("months that a mandate should have collected stay expected after it has ended, been replaced, or the season is over", () => {
    const status = (mandate: string) => fact("MonthlyStatusChanged", { mandate });
    expect(after(subscribed, gone)).toEqual([fee, ...waiting]);
    expect(after(subscribed, gone, status("gone"), missedOctober, status("none"))).toEqual([fee, ...waiting]);
    const another = { subscriptionId: "SB2", startDate: "2026-12-01", payments: 1, amountPence: 2_750 };
    expect(after(subscribed, gone, missedOctober, fact("SubscriptionCreated", another))).toEqual([fee, ...waiting]);
  });

  test("months stay expected after the bank ended the mandate for a reason of its own", () => {
    const closed = fact("SubscriptionEnded", { subscriptionId: "SB1", cause: "bank_account_closed" });
    expect(after(subscribed, closed)).toEqual([fee, ...waiting]);
  });

  test("a missed month is paid through the link, or was collected after all", () => {
    const again = { requestId: AGAIN, feePence: 0, months: ["2026-10"], monthsPence: 2_750 };
    const [, month] = after(
      subscribed,
      gone,
      missedOctober,
      fact("PaymentLinkReopened", again),
      fact("PaymentFulfilled", { requestId: AGAIN, paymentId: "PM2" }),
      fact("PaymentConfirmed", { paymentId: "PM2" }),
    );
    expect(month).toEqual({ due: "2026-10", month: "2026-10", expected: 2_750, collected: 2_750 });
    const [, late, ...rest] = after(subscribed, gone, missedOctober, ...october, collected);
    expect(late).toEqual({ due: "PMO", month: "2026-10", expected: 2_750, collected: 2_750 });
    expect(rest).toEqual(later);
  });

  test("a family that joins during the season does not owe the earlier months", () => {
    const late = fact("PaymentFulfilled", { requestId: LINK, paymentId: "PM1" }, "2026-10-28");
    expect(after(late).map(({ due }) => due)).toEqual(["fee", "2026-12"]);
  });

  test("months of an ended subscription wait while another mandate is wanted, and otherwise are dropped", () => {
    const ended = fact("SubscriptionEnded", { subscriptionId: "SB1" });
    expect(after(subscribed, ended)).toEqual([fee]);
    expect(after(subscribed, ended, fact("MonthlyStatusChanged", { mandate: "gone" }))).toEqual([fee, ...waiting]);
  });
});

describe("every penny", () => {
  const facts = [
    paid,
    confirmed,
    fact("PaymentPaidOut", { paymentId: "PM1" }, "2026-09-14"),
    fact("PaymentChargedBack", { paymentId: "PM1" }, "2026-09-20"),
    fact("PaymentChargedBack", { paymentId: "PM1", action: "chargeback_settled" }, "2026-09-24"),
    fact("PaymentChargebackCancelled", { paymentId: "PM1" }, "2026-09-28"),
    fact("RefundCreated", { refundId: "RF1" }),
    fact("RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 700 }),
    fact("RefundCreated", { refundId: "RF2", paymentId: "PM1", amountPence: 300 }),
    fact("RefundReturned", { refundId: "RF2" }),
    subscribed,
    ...october,
    missed,
    fact("MonthlyPaymentRetried", { paymentId: "PMO" }, "2026-10-06"),
    collected,
    fact("MonthlyPaymentChargedBack", { paymentId: "PMO" }, "2026-10-20"),
    fact("MoneyElsewhereRecorded", { recordId: "b", kind: "cash", amountPence: 500, note: "N2" }),
    fact("MoneyElsewhereRecorded", { recordId: "c", kind: "cash", amountPence: 500, note: "N2", undoes: "b" }),
    fact("MoneyElsewhereRecorded", { recordId: "d", kind: "waiver", amountPence: 100, note: "N3" }),
    fact("SubscriptionEnded", { subscriptionId: "SB1", cause: "mandate_cancelled" }),
    fact("MonthlyFeeMissed", { month: "2026-11", dueOn: "2026-11-01", amountPence: 2_750 }),
  ];
  const orders = fc
    .shuffledSubarray([...facts, ...facts], { minLength: facts.length })
    .map((some) => [...some, ...facts.filter((one) => !some.includes(one))]);

  test("is the same in every order, and however often its facts arrive", () => {
    const expected = duesOf(accountAfter(facts));
    expect(expected[0]).toMatchObject({ collected: 4_500, refunded: 700, waived: 100, elsewhere: 0, failed: 0 });
    expect(expected[1]).toMatchObject({ due: "PMO", month: "2026-10", failed: 2_750, collected: 0 });
    fc.assert(
      fc.property(orders, (order) => {
        expect(duesOf(accountAfter(order))).toEqual(expected);
      }),
    );
  });

  test("is a whole number, and never negative", () => {
    const isSound = (due: Due) => {
      for (const sum of sums) expect(Number.isSafeInteger(due[sum]) && due[sum] >= 0).toBe(true);
      expect(due.paid_out).toBeLessThanOrEqual(due.collected);
    };
    fc.assert(fc.property(fc.subarray(facts), (some) => duesOf(accountAfter(some)).forEach(isSound)));
  });
});
