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
      description: "Fees that the gateway left out, so the settings supplied them. A repeat is compared without them.",
    }),
    billingRequestId: Type.Optional(BillingRequestId()),
    possibleDuplicateOf: Type.Optional(
      Type.String({
        description:
          "another registration, perhaps of the same child: this one is held, with no link or text, until released",
      }),
    ),
    acceptedAt: Instant(),
  }),
  define("ParentPhoneCorrected", "The parent's number was replaced; the link is texted to the new one.", {
    registrationId: RegistrationId(),
    parentPhone: Phone(),
    count: Type.Integer({ minimum: 1, description: "1 for the first correction" }),
    correctedAt: Instant(),
  }),
  define("RegistrationCancelled", "The registration was cancelled: no more texts are sent, and the link says so.", {
    registrationId: RegistrationId(),
    reason: Type.String({ maxLength: 200 }),
    cancelledAt: Instant(),
  }),
  define("PaymentLinkResendRequested", "The chat or an operator asked for the link to be texted again.", {
    registrationId: RegistrationId(),
    count: Type.Integer({ minimum: 1, description: "1 for the first resend" }),
    requestedAt: Instant(),
  }),
  define("RegistrationRefundRequested", "An operator asked for a refund to the family.", {
    registrationId: RegistrationId(),
    refundRequestId: Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "a repeat has the same id" }),
    amountPence: Type.Integer({ minimum: 1, description: "pence" }),
    requestedAt: Instant(),
  }),
  define(
    "MoneyRecorded",
    "An operator recorded that all or part of the fee was settled outside GoCardless, or undid such a record.",
    { registrationId: RegistrationId(), ...moneyRecord() },
  ),
  ...followUpEvents,
  define(
    "PaymentTokenRefused",
    "GoCardless refused to create the billing request; an operator must fix the cause.",
    {
      registrationId: RegistrationId(),
      code: Type.String({ description: "GoCardless's error type, e.g. validation_failed" }),
      reason: Type.String({ description: "GoCardless's message, without values" }),
      refusedAt: Instant(),
    },
    "payment-link",
  ),
  define(
    "RegistrationErased",
    "The family's data must be erased: nothing more is sent, and all personal data is removed.",
    {
      registrationId: RegistrationId(),
      billingRequestId: Type.Optional(BillingRequestId()),
      resends: Type.Integer({ minimum: 0, description: "how many there were, so that their texts can be found" }),
      corrections: Type.Integer({ minimum: 0, description: "likewise" }),
      team: Type.Optional(Type.String({ description: "payments are kept, and are counted under this team" })),
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
