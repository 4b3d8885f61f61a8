import { Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, Pence, Phone, RegistrationId } from "./define.ts";

const define = eventsOf("registration", "registration");

const name = () => Type.String({ minLength: 1, maxLength: 50 });

export const registrationEvents = [
  define("RegistrationCompleted", "The chat gateway handed in a completed registration.", {
    registrationId: RegistrationId(),
    child: Type.Object({ firstName: name(), lastName: name() }),
    parent: Type.Object({ firstName: name(), lastName: name(), email: Type.Optional(Type.String()) }),
    parentPhone: Phone(),
    team: Type.String(),
    ageGroup: Type.String({ pattern: "^(u([7-9]|1[0-8])|open)$" }),
    season: Type.String({ pattern: "^[0-9]{4}$" }),
    preferredPaymentDay: Type.Integer({ minimum: -1, maximum: 31 }),
    signingFeePence: Pence(),
    monthlyFeePence: Pence(),
    defaultedFees: Type.Array(Type.Union([Type.Literal("signingFeePence"), Type.Literal("monthlyFeePence")]), {
      description: "Fees that the gateway left to the configuration; a repeat is compared accordingly.",
    }),
    billingRequestId: Type.Optional(BillingRequestId()),
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
