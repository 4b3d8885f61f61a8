import { type TProperties, Type } from "typebox";
import { BillingRequestId, eventsOf, Instant } from "./define.ts";

export const definePayment = eventsOf("payment", "payment-link");

/**
 * In every payment event `billingRequestId` is the link's: the one in the URL, in the stream's name, and in
 * PaymentTokenCreated. A link that asks again does so through another billing request, named `requestId`. The two events
 * about what GoCardless reports and nobody can place yet have streams of their own, `payment-EV…`.
 */
export const ofLink = <P extends TProperties>(more: P) => ({ billingRequestId: BillingRequestId(), ...more });

export const requestId = () => BillingRequestId("the billing request at GoCardless; the link's, or a later");
export const paymentId = () => Type.String({ description: "PM…" });
export const mandateId = () => Type.String({ description: "MD…" });
export const subscriptionId = () => Type.String({ description: "SB…" });
export const calendarDay = (description: string) => Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description });
/** How we learnt it; `read` when GoCardless was asked about the thing itself. */
const via = () => Type.Union([Type.Literal("webhook"), Type.Literal("poll"), Type.Literal("read")]);

/** What every fact that GoCardless reports carries. */
export const reported = <P extends TProperties>(more: P) =>
  ofLink({
    providerEventId: Type.Optional(
      Type.String({ description: "GoCardless's event id (EV…), which makes repeats harmless; absent when read" }),
    ),
    occurredAt: Instant("GoCardless's created_at of the event; facts may come in any order"),
    via: via(),
    action: Type.String({ description: "GoCardless's word for it, e.g. late_failure_settled" }),
    cause: Type.Optional(Type.String({ description: "GoCardless's details.cause" })),
    ...more,
  });
