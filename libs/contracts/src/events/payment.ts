import { Type } from "typebox";
import { bookEvents } from "./books.ts";
import { BillingRequestId, type EventOf, Instant, Pence, RegistrationId } from "./define.ts";
import { elsewhereEvents } from "./elsewhere.ts";
import { monthlyTerms } from "./follow-up.ts";
import { monthlyEvents } from "./monthly.ts";
import {
  calendarDay,
  definePayment as define,
  mandateId,
  ofLink,
  paymentId,
  reported,
  requestId,
} from "./payment-shapes.ts";
import { refundEvents } from "./refund.ts";

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
    monthlyFrom: Type.Optional(
      calendarDay("when the first monthly fee is expected; absent when none will be collected"),
    ),
    monthlyUntil: Type.Optional(calendarDay("when the last monthly fee is expected")),
    acceptedAt: Type.Optional(
      Instant("when the family registered, which decides when its monthly fees begin; `createdAt` where it is absent"),
    ),
    createdAt: Instant(),
  }),
  define("PaymentLinkAmended", "A new monthly fee or payment day applies, from the next collection on.", {
    ...ofLink(monthlyTerms()),
    monthlyFrom: Type.Optional(calendarDay("when the first fee is expected on these terms; absent if none is")),
    monthlyUntil: Type.Optional(calendarDay("when the last one is expected")),
    count: Type.Integer({ minimum: 1, description: "number of this amendment; the highest counts" }),
    amendedAt: Instant("when it was agreed"),
  }),
  define("PaymentFlowCreated", "A GoCardless page was created for a tap on the link.", {
    ...ofLink({ requestId: requestId() }),
    flowId: Type.String({ description: "BRF…" }),
    expiresAt: Type.Optional(Instant()),
    createdAt: Instant(),
  }),
  define("PaymentLinkOpened", "A person opened the link for the first time.", ofLink({ openedAt: Instant() })),
  define(
    "PaymentStatusChanged",
    "The payment's status after all facts so far, whatever their order. No other event is needed to show it.",
    ofLink({
      registrationId: RegistrationId(),
      status: Type.Union([
        Type.Literal("pending"),
        Type.Literal("paid"),
        Type.Literal("failed"),
        Type.Literal("charged_back"),
        Type.Literal("cancelled"),
        Type.Literal("waived", { description: "the club has waived the whole fee" }),
        Type.Literal("refunded", { description: "the fee was refunded in full and is not asked for again" }),
      ]),
      amountRefundedPence: Type.Optional(
        Type.Integer({ minimum: 0, description: "pence of the fee refunded; absent if none" }),
      ),
      since: Instant("when the status changed at GoCardless; for `paid`, when the payment was made"),
      changedAt: Instant("when we learnt of it"),
    }),
  ),
  define(
    "PaymentLinkReopened",
    "The payment was reversed, the mandate ended, or new terms were agreed: the link asks for what is owed through another billing request.",
    ofLink({
      registrationId: RegistrationId(),
      requestId: requestId(),
      replaces: requestId(),
      count: Type.Integer({ minimum: 1, description: "1 for the first time" }),
      feePence: Pence(),
      mandate: Type.Boolean(),
      months: Type.Optional(
        Type.Array(paymentId(), {
          description:
            "the missed monthly payments that the link also asks for: payment ids, or months (`2026-10`) that had no payment; absent if none",
        }),
      ),
      monthsPence: Type.Optional(Type.Integer({ minimum: 1, description: "pence for these months" })),
      missedAt: Type.Optional(Instant("when the last of these months was missed, at GoCardless")),
      amended: Type.Optional(
        Type.Literal(true, {
          description: "the only reason is a new monthly fee or payment day, as the parent agreed",
        }),
      ),
      reopenedAt: Instant(),
    }),
  ),
  define(
    "TextsStopped",
    "Somebody asked, on the link's page, for no more texts to the registration's number.",
    ofLink({ registrationId: RegistrationId(), stoppedAt: Instant() }),
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
    "GoCardless is trying, or will try, a failed payment again, so the parent is asked for nothing.",
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
    "MandateTransferred",
    "The payer moved the mandate to another bank account. It stays usable until GoCardless reports its end.",
    reported({ mandateId: mandateId() }),
  ),
  define(
    "MandateReplaced",
    "Another mandate replaces this one.",
    reported({ mandateId: mandateId(), newMandateId: mandateId() }),
  ),
  define(
    "PaymentTokenCancellationStarted",
    "We are about to cancel an open billing request. However its end is reported, it was ours.",
    ofLink({ requestId: requestId(), startedAt: Instant() }),
  ),
  define(
    "PaymentTokenCancelled",
    "The billing request was cancelled, by us or at GoCardless.",
    reported({ requestId: requestId(), by: Type.Union([Type.Literal("us"), Type.Literal("gocardless")]) }),
  ),
  define("PaymentLinkErased", "The registration was erased: the link answers like an unknown one.", {
    ...ofLink({ erasedAt: Instant() }),
  }),
  define(
    "PayersRemoved",
    "The registration was erased and no money is on its way, so GoCardless has removed the payers of this link.",
    ofLink({ payers: Type.Integer({ minimum: 0, description: "how many" }), removedAt: Instant() }),
  ),
  define(
    "ProviderEventParked",
    "GoCardless reported something of an unknown kind, or about a link that is not known yet.",
    {
      providerEventId: Type.String({ description: "EV…; also the stream's id" }),
      reason: Type.Union([Type.Literal("unknown_type"), Type.Literal("unmatched")]),
      resourceType: Type.String(),
      action: Type.String(),
      links: Type.Record(Type.String(), Type.String()),
      registrationId: Type.Optional(Type.String({ description: "from the metadata that we set at GoCardless" })),
      purpose: Type.Optional(Type.String({ description: "from the metadata that we set at GoCardless" })),
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
  ...monthlyEvents,
  ...refundEvents,
  ...bookEvents,
  ...elsewhereEvents,
] as const;

export type PaymentEvent = EventOf<(typeof paymentEvents)[number]>;
