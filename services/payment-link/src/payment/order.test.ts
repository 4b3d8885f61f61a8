import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evolve, recordFacts } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import type { Fact } from "./decide.ts";
import type { Link, LinkState } from "./state.ts";
import { hasMandate, owed, paymentStatus, usableMandate } from "./status.ts";

const NEXT = "BRQ000NEXT";
const now = new Date("2026-11-22T12:00:00.000Z");

const begun: LinkState = (
  [
    tokenCreated(),
    {
      type: "PaymentLinkReopened",
      data: {
        billingRequestId: LINK,
        registrationId: "r-1",
        requestId: NEXT,
        replaces: LINK,
        count: 1,
        feePence: 4_500,
        mandate: false,
        reopenedAt: "2026-11-02T10:00:00.000Z",
      },
    },
  ] satisfies PaymentEvent[]
).reduce<LinkState>(evolve, { status: "none" });

type Reported = [type: Fact["type"], about: object];

/** What GoCardless reports in the course of a payment's life, in the order in which it happens. */
const histories: Record<string, readonly Reported[]> = {
  "paid out": [
    ["MandateActivated", { mandateId: "MD1" }],
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
  ],
  "failed late, paid anew": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["MandateActivated", { mandateId: "MD1" }],
    ["PaymentFulfilled", { requestId: NEXT, paymentId: "PM2" }],
    ["PaymentConfirmed", { paymentId: "PM2" }],
  ],
  "charged back, and the charge-back withdrawn": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentChargedBack", { paymentId: "PM1" }],
    ["PaymentChargebackCancelled", { paymentId: "PM1" }],
  ],
  "charged back, and the mandate gone": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MandateActivated", { mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["MandateFailed", { mandateId: "MD1" }],
    ["PaymentChargedBack", { paymentId: "PM1" }],
  ],
  "failed, resubmitted, confirmed": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["PaymentResubmitted", { paymentId: "PM1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
  ],
  "failed late, resubmitted, confirmed, and then the failure settled": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["PaymentResubmitted", { paymentId: "PM1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1", action: "late_failure_settled" }],
  ],
  "failed late, collected again by GoCardless itself, and then the failure settled": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["PaymentResubmitted", { paymentId: "PM1", action: "failed" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1", action: "late_failure_settled" }],
  ],
  "charged back, withdrawn, and then the charge-back settled": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentChargedBack", { paymentId: "PM1" }],
    ["PaymentChargebackCancelled", { paymentId: "PM1" }],
    ["PaymentChargedBack", { paymentId: "PM1", action: "chargeback_settled" }],
  ],
  "a settlement of a failure that was never reported": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1", action: "late_failure_settled" }],
  ],
  "failed, resubmitted, and then a charge-back settled that was never reported": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["PaymentResubmitted", { paymentId: "PM1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["PaymentChargedBack", { paymentId: "PM1", action: "chargeback_settled" }],
  ],
  "a fulfilled event that names nothing": [
    ["PaymentFulfilled", { requestId: LINK }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentFailed", { paymentId: "PM1" }],
    ["PaymentFulfilled", { requestId: NEXT }],
    ["PaymentConfirmed", { paymentId: "PM2" }],
  ],
  "the mandate replaced, then cancelled; the bank said no first": [
    ["BankAuthorisationFailed", { requestId: LINK }],
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MandateActivated", { mandateId: "MD1" }],
    ["MandateReplaced", { mandateId: "MD1", newMandateId: "MD2" }],
    ["MandateFailed", { mandateId: "MD2" }],
    ["MonthlyPaymentCreated", { subscriptionId: "SB1", paymentId: "PM9" }],
    ["SubscriptionEnded", { subscriptionId: "SB1" }],
  ],
  "cancelled at GoCardless": [["PaymentTokenCancelled", { requestId: NEXT, by: "gocardless" }]],
};

const factsOf = (history: readonly Reported[], sameInstant: boolean): Fact[] =>
  history.map(
    ([type, about], i) =>
      ({
        type,
        data: {
          billingRequestId: LINK,
          providerEventId: `EV${i}`,
          occurredAt: sameInstant ? "2026-11-10T10:00:00.000Z" : `2026-11-10T10:00:0${i}.000Z`,
          via: "webhook",
          action: type,
          ...about,
        },
      }) as Fact,
  );

/** Records facts in batches as they come, the way webhooks do. */
const live = (batches: readonly (readonly Fact[])[]): Link => {
  const end = batches.reduce((state, batch) => recordFacts(batch, now)(state).reduce(evolve, state), begun);
  if (end.status === "none") throw new Error("the link is gone");
  return end;
};

const meaning = (link: Link) => ({
  status: paymentStatus(link),
  announced: link.announced ?? "pending",
  owed: owed(link, true),
  mandate: hasMandate(link),
  usable: usableMandate(link),
  subscriptions: link.subscriptions,
});

/** Any order, any repeats, any batches. */
const shuffled = (facts: readonly Fact[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...facts], { minLength: facts.length }),
      fc.array(fc.constantFrom(...facts), { maxLength: 6 }),
      fc.array(fc.nat(), { minLength: facts.length + 6, maxLength: facts.length + 6 }),
    )
    .map(([all, repeats, places]) => {
      const order = [...all];
      for (const [i, fact] of repeats.entries()) order.splice((places[i] ?? 0) % (order.length + 1), 0, fact);
      const batches: Fact[][] = [[]];
      order.forEach((fact, i) => {
        if ((places[i] ?? 0) % 3 === 0) batches.push([]);
        batches.at(-1)?.push(fact);
      });
      return batches;
    });

describe.each(Object.entries(histories))("%s", (_name, history) => {
  const facts = factsOf(history, false);
  const inOrder = meaning(live([facts]));

  test("every order, duplication and batching ends the same", () => {
    fc.assert(
      fc.property(shuffled(facts), (batches) => {
        expect(meaning(live(batches))).toEqual(inOrder);
      }),
      { numRuns: 300 },
    );
  });

  test("even when all facts have the same instant, the order does not matter", () => {
    const tied = factsOf(history, true);
    const expected = meaning(live([tied]));
    fc.assert(
      fc.property(shuffled(tied), (batches) => {
        expect(meaning(live(batches))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("what was announced is what it comes to", () => {
    expect(inOrder.announced).toBe(inOrder.status.status);
  });
});

test("the histories end as a treasurer would expect", () => {
  const ends = Object.fromEntries(
    Object.entries(histories).map(([name, history]) => {
      const link = live([factsOf(history, false)]);
      return [name, [paymentStatus(link).status, owed(link, true)]];
    }),
  );
  expect(ends).toEqual({
    "paid out": ["paid", { feePence: 0, mandate: false }],
    "failed late, paid anew": ["paid", { feePence: 0, mandate: false }],
    "charged back, and the charge-back withdrawn": ["paid", { feePence: 0, mandate: false }],
    "charged back, and the mandate gone": ["charged_back", { feePence: 4_500, mandate: true }],
    "failed, resubmitted, confirmed": ["paid", { feePence: 0, mandate: false }],
    "failed late, resubmitted, confirmed, and then the failure settled": ["paid", { feePence: 0, mandate: false }],
    "failed late, collected again by GoCardless itself, and then the failure settled": [
      "paid",
      { feePence: 0, mandate: false },
    ],
    "charged back, withdrawn, and then the charge-back settled": ["paid", { feePence: 0, mandate: false }],
    "a settlement of a failure that was never reported": ["failed", { feePence: 4_500, mandate: false }],
    "failed, resubmitted, and then a charge-back settled that was never reported": [
      "charged_back",
      { feePence: 4_500, mandate: false },
    ],
    "a fulfilled event that names nothing": ["paid", { feePence: 0, mandate: false }],
    "the mandate replaced, then cancelled; the bank said no first": ["paid", { feePence: 0, mandate: true }],
    "cancelled at GoCardless": ["cancelled", { feePence: 4_500, mandate: true }],
  });
});
