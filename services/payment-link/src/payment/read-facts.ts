import type { Fact } from "./decide.ts";
import { cameBack, type PaymentRecord, type RefundRecord } from "./money-provider.ts";
import type { MandateReport, RequestReport } from "./provider.ts";
import type { RefundWish } from "./refunds.ts";

/** The fact from reading a billing request. It does not say when it was fulfilled, so we use the current time. */
export const fulfilledFact = (linkId: string, request: RequestReport, now: Date): Fact => ({
  type: "PaymentFulfilled",
  data: {
    billingRequestId: linkId,
    requestId: request.id,
    occurredAt: now.toISOString(),
    via: "read",
    action: "fulfilled",
    ...(request.paymentId && { paymentId: request.paymentId }),
    ...(request.mandateId && { mandateId: request.mandateId }),
  },
});

export const cancelledFact = (linkId: string, requestId: string, by: "us" | "gocardless", now: Date): Fact => ({
  type: "PaymentTokenCancelled",
  data: { billingRequestId: linkId, requestId, by, via: "read", action: "cancelled", occurredAt: now.toISOString() },
});

export const subscriptionEndedFact = (linkId: string, subscriptionId: string, now: Date): Fact => ({
  type: "SubscriptionEnded",
  data: { billingRequestId: linkId, subscriptionId, via: "read", action: "cancelled", occurredAt: now.toISOString() },
});

/**
 * `action`: the provider's word for the mandate's state. `askedAt`: when it was asked, not when it answered. Otherwise, what the bank did
 * meanwhile would count as older than this, and be forgotten.
 */
export const mandateFacts = (
  linkId: string,
  mandateId: string,
  { state, action }: Pick<MandateReport, "state" | "action">,
  askedAt: Date,
): Fact[] => {
  if (state === "pending") return [];
  const type = state === "usable" ? "MandateActivated" : "MandateFailed";
  const data = { billingRequestId: linkId, mandateId, action, via: "read", occurredAt: askedAt.toISOString() } as const;
  return [{ type, data }];
};

export const monthFact = (linkId: string, payment: PaymentRecord, now: Date): Fact => ({
  type: "MonthlyPaymentDated",
  data: {
    billingRequestId: linkId,
    paymentId: payment.id,
    amountPence: payment.amountPence,
    ...(payment.chargeDate && { chargeDate: payment.chargeDate }),
    via: "read",
    action: payment.status,
    occurredAt: now.toISOString(),
  },
});

/** The facts from reading a refund; none if it names no payment. */
export const refundFacts = (linkId: string, refund: RefundRecord, now: Date): Fact[] => {
  const { id: refundId, paymentId, amountPence, status: action } = refund;
  if (!paymentId) return [];
  const created = Date.parse(refund.createdAt);
  const about = { billingRequestId: linkId, refundId, via: "read", action } as const;
  const occurredAt = new Date(Number.isNaN(created) ? now : created).toISOString();
  const made: Fact = { type: "RefundCreated", data: { ...about, occurredAt, paymentId, amountPence } };
  return cameBack(refund)
    ? [made, { type: "RefundReturned", data: { ...about, occurredAt: now.toISOString() } }]
    : [made];
};

/** The provider accepted a refund that we asked for. */
export const madeRefundFact = (linkId: string, refundId: string, wish: RefundWish, now: Date): Fact => ({
  type: "RefundCreated",
  data: {
    billingRequestId: linkId,
    refundId,
    paymentId: wish.paymentId,
    amountPence: wish.amountPence,
    refundRequestId: wish.id,
    via: "read",
    action: "created",
    occurredAt: now.toISOString(),
  },
});
