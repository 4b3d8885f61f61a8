import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import type { Fact } from "../src/payment/decide.ts";
import type { LinkState } from "../src/payment/state.ts";
import { evolve } from "./fold.ts";
import { LINK, tokenCreated } from "./token.ts";

const NEXT = "BRQ000NEXT";
export const now = new Date("2026-11-22T12:00:00.000Z");

/** A link that has asked a second time. */
export const begun: LinkState = (
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

export type Reported = [type: Fact["type"], about: object];

/** What GoCardless reports over a payment's life, in order. */
export const histories: Record<string, readonly Reported[]> = {
  "paid out": [
    ["MandateActivated", { mandateId: "MD1" }],
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
  ],
  "failed late, paid again": [
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
  "the mandate replaced, the old one reinstated by the bank": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MandateActivated", { mandateId: "MD1" }],
    ["MandateReplaced", { mandateId: "MD1", newMandateId: "MD2" }],
    ["MandateActivated", { mandateId: "MD1", action: "reinstated" }],
  ],
  "the mandate replaced, the old one reinstated, the new one cancelled": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MandateReplaced", { mandateId: "MD1", newMandateId: "MD2" }],
    ["MandateActivated", { mandateId: "MD1", action: "reinstated" }],
    ["MandateFailed", { mandateId: "MD2" }],
  ],
  "refunded in part": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 1_000 }],
    ["RefundPaid", { refundId: "RF1" }],
  ],
  "refunded in two parts, the payment charged back as well": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentPaidOut", { paymentId: "PM1" }],
    ["RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 1_000 }],
    ["RefundCreated", { refundId: "RF2" }],
    ["RefundCreated", { refundId: "RF2", paymentId: "PM1", amountPence: 3_500 }],
    ["RefundPaid", { refundId: "RF2" }],
    ["PaymentChargedBack", { paymentId: "PM1" }],
  ],
  "refunded, and the refund came back": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentConfirmed", { paymentId: "PM1" }],
    ["RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 4_500 }],
    ["RefundPaid", { refundId: "RF1" }],
    ["RefundReturned", { refundId: "RF1" }],
  ],
  "paid twice, refunded once, then the other charged back": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["PaymentFulfilled", { requestId: NEXT, paymentId: "PM2" }],
    ["RefundCreated", { refundId: "RF1", paymentId: "PM1", amountPence: 4_500 }],
    ["PaymentChargedBack", { paymentId: "PM2" }],
  ],
  "a month tried again and collected, and one missed with its mandate": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MandateActivated", { mandateId: "MD1" }],
    ["MonthlyPaymentCreated", { subscriptionId: "SB1", paymentId: "PM7" }],
    ["MonthlyPaymentSubmitted", { paymentId: "PM7" }],
    ["MonthlyPaymentRetried", { paymentId: "PM7", action: "failed" }],
    ["MonthlyPaymentRetried", { paymentId: "PM7" }],
    ["MonthlyPaymentCollected", { paymentId: "PM7" }],
    ["MandateFailed", { mandateId: "MD1" }],
    ["MonthlyPaymentFailed", { paymentId: "PM8", action: "cancelled" }],
  ],
  "a month charged back and withdrawn, one skipped, one charged back for good": [
    ["PaymentFulfilled", { requestId: LINK, paymentId: "PM1", mandateId: "MD1" }],
    ["MonthlyPaymentChargedBack", { paymentId: "PM7" }],
    ["MonthlyPaymentCollected", { paymentId: "PM7", action: "chargeback_cancelled" }],
    ["MonthlyPaymentChargedBack", { paymentId: "PM7", action: "chargeback_settled" }],
    ["MonthlyPaymentSkipped", { paymentId: "PM8" }],
    ["MonthlyPaymentPaidOut", { paymentId: "PM9" }],
    ["MonthlyPaymentChargedBack", { paymentId: "PM9" }],
  ],
  "cancelled at GoCardless": [["PaymentTokenCancelled", { requestId: NEXT, by: "gocardless" }]],
};

export const factsOf = (history: readonly Reported[], sameInstant: boolean): Fact[] =>
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

/** Any order, repeats and batches. */
export const shuffled = (facts: readonly Fact[]) =>
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
