import type { Fact } from "./decide.ts";
import type { RequestReport } from "./provider.ts";

/** What reading a billing request says: not when it was fulfilled, so the present instant is taken. */
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

/** `action`: the provider's word for the mandate's state. */
export const mandateFact = (
  type: "MandateActivated" | "MandateFailed",
  linkId: string,
  mandateId: string,
  action: string,
  now: Date,
): Fact => ({
  type,
  data: { billingRequestId: linkId, mandateId, action, via: "read", occurredAt: now.toISOString() },
});
