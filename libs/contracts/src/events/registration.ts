import { Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, Pence, Phone, RegistrationId } from "./define.ts";
import { moneyRecord } from "./elsewhere.ts";
import { AgeGroup, followUpEvents, name } from "./follow-up.ts";

const define = eventsOf("registration", "registration");

export const registrationEvents = [
  define("RegistrationCompleted", "The chat gateway submitted a completed registration.", {
    registrationId: RegistrationId(),
    child: Type.Object({ firstName: name(), lastName: name() }),
    parent: Type.Object({ firstName: name(), lastName: name(), email: Type.Optional(Type.String()) }),
    parentPhone: Phone(),
    team: Type.String(),
    ageGroup: AgeGroup(),
    season: Type.String({ pattern: "^[0-9]{4}$" }),
    preferredPaymentDay: Type.Integer({ minimum: -1, maximum: 31 }),
    signingFeePence: Pence(),
    monthlyFeePence: Pence(),
    defaultedFees: Type.Array(Type.Union([Type.Literal("signingFeePence"), Type.Literal("monthlyFeePence")]), {
      description: "Fees that the gateway left to the configuration; a repeat is compared accordingly.",
    }),
    billingRequestId: Type.Optional(BillingRequestId()),
    possibleDuplicateOf: Type.Optional(
      Type.String({
        description: "another registration of the same child: held, without link and text, until released",
      }),
    ),
    acceptedAt: Instant(),
  }),
  define("ParentPhoneCorrected", "The parent's number was replaced; the link goes to the new one.", {
    registrationId: RegistrationId(),
    parentPhone: Phone(),
    count: Type.Integer({ minimum: 1, description: "1 for the first correction" }),
    correctedAt: Instant(),
  }),
  define("RegistrationCancelled", "The registration was cancelled: no more texts go out, and the link says so.", {
    registrationId: RegistrationId(),
    reason: Type.String({ maxLength: 200 }),
    cancelledAt: Instant(),
  }),
  define("PaymentLinkResendRequested", "The chat or an operator asked for the link to be texted again.", {
    registrationId: RegistrationId(),
    count: Type.Integer({ minimum: 1, description: "1 for the first resend" }),
    requestedAt: Instant(),
  }),
  define("RegistrationRefundRequested", "An operator asked for money to be given back to the family.", {
    registrationId: RegistrationId(),
    refundRequestId: Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "the same for a repeat" }),
    amountPence: Type.Integer({ minimum: 1, description: "pence" }),
    requestedAt: Instant(),
  }),
  define(
    "MoneyRecorded",
    "An operator recorded that the fee, or a part of it, was settled outside GoCardless, or took such a record back.",
    { registrationId: RegistrationId(), ...moneyRecord() },
  ),
  ...followUpEvents,
  define(
    "PaymentTokenRefused",
    "GoCardless refused to create the billing request and will do so again; an operator must act.",
    {
      registrationId: RegistrationId(),
      code: Type.String({ description: "GoCardless's error type, e.g. validation_failed" }),
      reason: Type.String({ description: "GoCardless's words, without values" }),
      refusedAt: Instant(),
    },
    "payment-link",
  ),
  define(
    "RegistrationErased",
    "The family's data is to be forgotten: nothing more goes out, and all personal data is removed.",
    {
      registrationId: RegistrationId(),
      billingRequestId: Type.Optional(BillingRequestId()),
      resends: Type.Integer({ minimum: 0, description: "how many there were, so that their texts are found" }),
      corrections: Type.Integer({ minimum: 0, description: "likewise" }),
      team: Type.Optional(Type.String({ description: "money's facts stay: this is where they count" })),
      ageGroup: Type.Optional(Type.String({ description: "likewise" })),
      season: Type.Optional(Type.String({ description: "likewise" })),
      erasedAt: Instant(),
    },
  ),
  define(
    "RegistrationTextsErased",
    "The texts of an erased registration are closed and hidden; copies elsewhere can now be deleted.",
    { registrationId: RegistrationId(), erasedAt: Instant() },
    "notification",
  ),
] as const;

export type RegistrationEvent = EventOf<(typeof registrationEvents)[number]>;
