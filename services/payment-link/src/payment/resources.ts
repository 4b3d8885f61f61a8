import type { PaymentEvent } from "@touchline/contracts";

/** What we take a thing at the provider to be. */
export type ResourceKind = "request" | "fee" | "monthly" | "mandate" | "subscription" | "refund";

/** The link that a thing at the provider belongs to. */
export interface Target {
  readonly linkId: string;
  readonly kind: ResourceKind;
}

/** The things at the provider that, by this event, belong to its link. */
export const resourcesIn = (event: PaymentEvent): (readonly [id: string, kind: ResourceKind])[] => {
  switch (event.type) {
    case "PaymentLinkReopened":
      return [[event.data.requestId, "request"]];
    case "PaymentFulfilled": {
      const { paymentId, mandateId } = event.data;
      return [
        ...(paymentId ? [[paymentId, "fee"] as const] : []),
        ...(mandateId ? [[mandateId, "mandate"] as const] : []),
      ];
    }
    case "MandateActivated":
    case "MandateFailed":
      return [[event.data.mandateId, "mandate"]];
    case "MandateReplaced":
      return [[event.data.newMandateId, "mandate"]];
    case "SubscriptionCreated":
      return [[event.data.subscriptionId, "subscription"]];
    case "PaymentConfirmed":
      return [[event.data.paymentId, "fee"]];
    case "RefundCreated":
      return [[event.data.refundId, "refund"]];
    case "MonthlyPaymentCreated":
      return [[event.data.paymentId, "monthly"]];
    default:
      return [];
  }
};
