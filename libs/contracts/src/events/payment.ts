import { type TProperties, Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, Pence, RegistrationId } from "./define.ts";

const define = eventsOf("payment", "payment-link");

/** What every fact that GoCardless reports carries. */
const reported = <P extends TProperties>(more: P) => ({
  billingRequestId: BillingRequestId(),
  providerEventId: Type.String({ description: "GoCardless's event id (EV…); makes repeats harmless" }),
  occurredAt: Instant("GoCardless's created_at of the event"),
  cause: Type.Optional(Type.String({ description: "GoCardless's details.cause" })),
  ...more,
});

const paymentId = Type.String({ description: "PM…" });
const mandateId = Type.String({ description: "MD…" });

export const paymentEvents = [
  define("PaymentTokenCreated", "A billing request exists for the registration; the link can be texted.", {
    billingRequestId: BillingRequestId(),
    registrationId: RegistrationId(),
    origin: Type.Union([Type.Literal("created"), Type.Literal("adopted")]),
    feePence: Pence(),
    mandate: Type.Boolean({ description: "whether it also asks for a Direct Debit mandate" }),
    replaces: Type.Optional(BillingRequestId()),
    createdAt: Instant(),
  }),
  define("PaymentFlowCreated", "A fresh GoCardless page was made for a tap.", {
    billingRequestId: BillingRequestId(),
    flowId: Type.String({ description: "BRF…" }),
    expiresAt: Instant(),
    createdAt: Instant(),
  }),
  define("PaymentLinkOpened", "A person opened the link for the first time.", {
    billingRequestId: BillingRequestId(),
    openedAt: Instant(),
  }),
  define(
    "PaymentFulfilled",
    "The parent finished the GoCardless page: the payment is made, though not yet collected.",
    reported({ paymentId: Type.Optional(paymentId), mandateId: Type.Optional(mandateId) }),
  ),
  define("PaymentConfirmed", "GoCardless has the money.", reported({ paymentId })),
  define("PaymentFailed", "The payment failed, perhaps after it was confirmed.", reported({ paymentId })),
  define("PaymentChargedBack", "The payer's bank took the money back.", reported({ paymentId })),
  define("MandateActivated", "The Direct Debit mandate can be used.", reported({ mandateId })),
  define("MandateFailed", "The mandate cannot be used any more.", reported({ mandateId })),
  define("PaymentTokenCancelled", "The billing request was cancelled, by us or at GoCardless.", reported({})),
] as const;

export type PaymentEvent = EventOf<(typeof paymentEvents)[number]>;
