import { type TProperties, Type } from "typebox";
import { BillingRequestId, eventsOf, Instant } from "./define.ts";

export const definePayment = eventsOf("payment", "payment-link");

/**
 * In every payment event, `billingRequestId` is the link's: the one in the URL, in the stream's name and in
 * PaymentTokenCreated. When a link asks again, it uses another billing request, `requestId`. The two events for reports
 * from GoCardless that belong to no known link yet are in streams of their own, `payment-EV…`.
 */
export const ofLink = <P extends TProperties>(more: P) => ({ billingRequestId: BillingRequestId(), ...more });

export const requestId = () => BillingRequestId("the billing request at GoCardless: the link's own, or a later one");
export const paymentId = () => Type.String({ description: "PM…" });
export const mandateId = () => Type.String({ description: "MD…" });
export const subscriptionId = () => Type.String({ description: "SB…" });
export const calendarDay = (description: string) => Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description });
/** How we learnt of it. `read`: we asked GoCardless for the payment, mandate or refund itself. */
const via = () => Type.Union([Type.Literal("webhook"), Type.Literal("poll"), Type.Literal("read")]);

/** The fields of every fact that GoCardless reports. */
export const reported = <P extends TProperties>(more: P) =>
  ofLink({
    providerEventId: Type.Optional(
      Type.String({
        description: "GoCardless's event id (EV…), which makes repeats harmless; absent when `via` is `read`",
      }),
    ),
    occurredAt: Instant("the event's created_at at GoCardless; facts may come in any order"),
    via: via(),
    action: Type.String({ description: "GoCardless's action, e.g. late_failure_settled" }),
    cause: Type.Optional(Type.String({ description: "GoCardless's details.cause" })),
    ...more,
  });
