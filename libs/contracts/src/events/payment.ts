import { type TProperties, Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, Pence, RegistrationId } from "./define.ts";

const define = eventsOf("payment", "payment-link");

/**
 * In every payment event `billingRequestId` is the link's: the one in the URL, in the stream's name, and in
 * PaymentTokenCreated. A link that asks again does so through another billing request, named `requestId`. The two events
 * about what GoCardless reports and nobody can place yet have streams of their own, `payment-EV…`.
 */
const ofLink = <P extends TProperties>(more: P) => ({ billingRequestId: BillingRequestId(), ...more });

const requestId = () => BillingRequestId("the billing request at GoCardless; the link's, or a later");
const paymentId = () => Type.String({ description: "PM…" });
const mandateId = () => Type.String({ description: "MD…" });
const subscriptionId = () => Type.String({ description: "SB…" });
const calendarDay = (description: string) => Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description });
/** How we learnt it; `read` when GoCardless was asked about the thing itself. */
const via = () => Type.Union([Type.Literal("webhook"), Type.Literal("poll"), Type.Literal("read")]);

/** What every fact that GoCardless reports carries. */
const reported = <P extends TProperties>(more: P) =>
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

export const paymentEvents = [
  define("PaymentTokenCreated", "A billing request exists for the registration; the link can be texted.", {
    ...ofLink({}),
    registrationId: RegistrationId(),
    origin: Type.Union([Type.Literal("created"), Type.Literal("adopted")]),
    feePence: Pence(),
    mandate: Type.Boolean({ description: "whether it also asks for a Direct Debit mandate" }),
    monthlyFeePence: Pence(),
    preferredPaymentDay: Type.Integer({ minimum: -1, maximum: 31 }),
    season: Type.String({ pattern: "^[0-9]{4}$" }),
    createdAt: Instant(),
  }),
  define("PaymentFlowCreated", "A fresh GoCardless page was created for a tap.", {
    ...ofLink({ requestId: requestId() }),
    flowId: Type.String({ description: "BRF…" }),
    expiresAt: Type.Optional(Instant()),
    createdAt: Instant(),
  }),
  define("PaymentLinkOpened", "A person opened the link for the first time.", ofLink({ openedAt: Instant() })),
  define(
    "PaymentStatusChanged",
    "The payment's status, from all facts so far, in whatever order they came. A view of the status needs no other event.",
    ofLink({
      registrationId: RegistrationId(),
      status: Type.Union([
        Type.Literal("pending"),
        Type.Literal("paid"),
        Type.Literal("failed"),
        Type.Literal("charged_back"),
        Type.Literal("cancelled"),
      ]),
      since: Instant("when it became so at GoCardless; for `paid`, the moment of the payment"),
      changedAt: Instant("when we learnt it"),
    }),
  ),
  define(
    "PaymentLinkReopened",
    "The money went back or the mandate ended; the link asks for what is owed through another billing request.",
    ofLink({
      registrationId: RegistrationId(),
      requestId: requestId(),
      replaces: requestId(),
      count: Type.Integer({ minimum: 1, description: "1 for the first time" }),
      feePence: Pence(),
      mandate: Type.Boolean(),
      reopenedAt: Instant(),
    }),
  ),
  define("PaymentLinkClosed", "The registration was cancelled: the link asks for nothing more.", {
    ...ofLink({ closedAt: Instant() }),
  }),
  define(
    "PaymentFulfilled",
    "The parent finished the GoCardless page: the payment is made, though not yet collected.",
    reported({
      requestId: requestId(),
      paymentId: Type.Optional(paymentId()),
      mandateId: Type.Optional(mandateId()),
    }),
  ),
  define(
    "BankAuthorisationFailed",
    "The parent's bank did not let the payment through; the link can be tapped again.",
    reported({ requestId: requestId() }),
  ),
  define("PaymentConfirmed", "GoCardless has the money.", reported({ paymentId: paymentId() })),
  define("PaymentPaidOut", "The club's bank has the money.", reported({ paymentId: paymentId() })),
  define("PaymentFailed", "The payment failed, perhaps after it was confirmed.", reported({ paymentId: paymentId() })),
  define(
    "PaymentResubmitted",
    "A failed payment is being, or will be, collected once more: it failed for now, and nothing is asked for.",
    reported({ paymentId: paymentId() }),
  ),
  define("PaymentChargedBack", "The payer's bank took the money back.", reported({ paymentId: paymentId() })),
  define(
    "PaymentChargebackCancelled",
    "The charge-back was withdrawn: the club has the money again.",
    reported({ paymentId: paymentId() }),
  ),
  define("MandateActivated", "The Direct Debit mandate can be used.", reported({ mandateId: mandateId() })),
  define("MandateFailed", "The mandate can no longer be used.", reported({ mandateId: mandateId() })),
  define(
    "MandateReplaced",
    "Another mandate replaces this one.",
    reported({ mandateId: mandateId(), newMandateId: mandateId() }),
  ),
  define(
    "PaymentTokenCancelled",
    "The billing request was cancelled, by us or at GoCardless.",
    reported({ requestId: requestId(), by: Type.Union([Type.Literal("us"), Type.Literal("gocardless")]) }),
  ),
  define(
    "SubscriptionCreated",
    "The monthly fee is collected until the season ends.",
    ofLink({
      subscriptionId: subscriptionId(),
      mandateId: mandateId(),
      amountPence: Pence(),
      dayOfMonth: Type.Integer({ minimum: -1, maximum: 28 }),
      startDate: calendarDay("the first collection"),
      payments: Type.Integer({ minimum: 1, description: "how many collections until the season ends" }),
      createdAt: Instant(),
    }),
  ),
  define(
    "SubscriptionRefused",
    "GoCardless refused the subscription and will do so again; an operator must act.",
    ofLink({
      mandateId: mandateId(),
      code: Type.String({ description: "GoCardless's error type" }),
      reason: Type.String({ description: "GoCardless's words, without values" }),
      refusedAt: Instant(),
    }),
  ),
  define(
    "SubscriptionEnded",
    "The subscription collects nothing more.",
    reported({ subscriptionId: subscriptionId() }),
  ),
  define(
    "MonthlyPaymentCreated",
    "The subscription started a collection.",
    reported({ subscriptionId: subscriptionId(), paymentId: paymentId() }),
  ),
  define("MonthlyPaymentCollected", "GoCardless has a monthly fee.", reported({ paymentId: paymentId() })),
  define(
    "MonthlyPaymentFailed",
    "A monthly fee was not collected, or went back.",
    reported({ paymentId: paymentId() }),
  ),
  define("PaymentLinkErased", "The registration was erased: the link answers like an unknown one.", {
    ...ofLink({ erasedAt: Instant() }),
  }),
  define(
    "ProviderEventParked",
    "GoCardless reported something of an unknown kind, or about something that is not known yet.",
    {
      providerEventId: Type.String({ description: "EV…; also the stream's id" }),
      reason: Type.Union([Type.Literal("unknown_type"), Type.Literal("unmatched")]),
      resourceType: Type.String(),
      action: Type.String(),
      links: Type.Record(Type.String(), Type.String()),
      registrationId: Type.Optional(Type.String({ description: "from the metadata that we gave the thing" })),
      purpose: Type.Optional(Type.String({ description: "from the metadata that we gave the thing" })),
      cause: Type.Optional(Type.String()),
      willRetry: Type.Optional(Type.Boolean({ description: "GoCardless's details.will_attempt_retry" })),
      occurredAt: Instant(),
      parkedAt: Instant(),
    },
  ),
  define("ProviderEventMatched", "The link of a parked event was found, and the event was recorded there.", {
    providerEventId: Type.String(),
    billingRequestId: BillingRequestId(),
    matchedAt: Instant(),
  }),
] as const;

export type PaymentEvent = EventOf<(typeof paymentEvents)[number]>;
