import { Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, Phone, RegistrationId } from "./define.ts";

const define = eventsOf("sms", "notification");

const smsId = () => Type.String({ format: "uuid" });
const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });
const providerMessageId = () => Type.String({ description: "Twilio's message SID (SM…)" });
/** How we learnt it. */
const via = () =>
  Type.Union([Type.Literal("answer"), Type.Literal("callback"), Type.Literal("list"), Type.Literal("poll")]);
const code = () => Type.String({ description: "Twilio's error code, or our own word for what happened" });

export const smsEvents = [
  define("SmsRequested", "A text is to be sent.", {
    smsId: smsId(),
    registrationId: RegistrationId(),
    billingRequestId: BillingRequestId(),
    purpose: Type.Union([
      Type.Literal("payment_link"),
      Type.Literal("resend"),
      Type.Literal("corrected_phone"),
      Type.Literal("reminder"),
      Type.Literal("confirmation"),
      Type.Literal("reopened"),
    ]),
    count: Type.Integer({ minimum: 0, description: "which one of its purpose" }),
    to: Phone(),
    body: Type.String({ minLength: 1, maxLength: 1600 }),
    encoding: Type.Union([Type.Literal("GSM-7"), Type.Literal("UCS-2")]),
    segments: Type.Integer({ minimum: 1 }),
    expectedPricePence: Type.Optional(Type.Number({ minimum: 0, description: "pence, by configuration" })),
    notBefore: Type.Optional(Instant("do not send earlier")),
    requestedAt: Instant(),
  }),
  define("SmsAttemptStarted", "An attempt was claimed; Twilio is called right after.", {
    attempt: attempt(),
    attemptId: Type.String({ description: "rides in the signed callback URL" }),
    startedAt: Instant(),
  }),
  define("SmsAccepted", "Twilio has the text.", {
    attempt: attempt(),
    providerMessageId: providerMessageId(),
    segments: Type.Optional(Type.Integer({ minimum: 0 })),
    via: via(),
    acceptedAt: Instant(),
  }),
  define("SmsDeferred", "Twilio certainly did not take the text; it is tried again later.", {
    attempt: attempt(),
    code: code(),
    reason: Type.String(),
    retryAt: Instant(),
    deferredAt: Instant(),
  }),
  define("SmsRejected", "Twilio refused the text for good.", {
    attempt: attempt(),
    code: code(),
    reason: Type.String(),
    rejectedAt: Instant(),
  }),
  define("SmsOutcomeUnknown", "Nobody knows whether Twilio took the text; only evidence closes this.", {
    attempt: attempt(),
    reason: Type.String(),
    askAt: Instant("when Twilio's list is asked"),
    unknownSince: Instant(),
  }),
  define("SmsStatusReported", "Twilio said where the text is.", {
    providerMessageId: providerMessageId(),
    status: Type.String({ description: "Twilio's word, as it came" }),
    errorCode: Type.Optional(code()),
    priceMicros: Type.Optional(Type.Integer({ description: "price in millionths of the unit" })),
    priceUnit: Type.Optional(Type.String({ description: "ISO 4217" })),
    segments: Type.Optional(Type.Integer({ minimum: 0 })),
    via: via(),
    reportedAt: Instant(),
  }),
  define("SmsGivenUp", "No more attempts are made.", {
    code: code(),
    reason: Type.String(),
    givenUpAt: Instant(),
  }),
] as const;

export type SmsEvent = EventOf<(typeof smsEvents)[number]>;
