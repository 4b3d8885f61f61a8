import { Type } from "typebox";
import { REPLY_MAX } from "../limits.ts";
import { BillingRequestId, type EventOf, eventsOf, Instant, Phone, RegistrationId } from "./define.ts";

const define = eventsOf("sms", "notification");

const smsId = () => Type.String({ format: "uuid" });
const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });
const providerMessageId = () => Type.String({ description: "Twilio's message SID (SM…)" });
/** How we learnt of it. */
const via = () =>
  Type.Union([Type.Literal("answer"), Type.Literal("callback"), Type.Literal("list"), Type.Literal("poll")]);
const code = () => Type.String({ description: "Twilio's error code, or our own code for what happened" });
/** Set when there is no point in texting this number again: the chat should ask for another. */
const numberFault = () =>
  Type.Optional(
    Type.Union([
      Type.Literal("invalid", { description: "not a number that can be texted" }),
      Type.Literal("opted_out", { description: "its owner asked for no texts" }),
      Type.Literal("unreachable", { description: "texts to it do not arrive" }),
    ]),
  );
const counted = () =>
  Type.Boolean({
    description: "whether it counts towards the limit of attempts; outages and our own configuration do not",
  });

/** The status of a text, as other services need to know it. */
const textStatuses = ["pending", "sent", "delivered", "undelivered", "failed", "withdrawn"] as const;
export type TextStatus = (typeof textStatuses)[number];

/** Why a text has not arrived, as our own codes. `libs/timeline` turns them into words for people. */
export const textFailures = [
  "number_invalid",
  "number_not_mobile",
  "number_not_in_service",
  "number_unreachable",
  "opted_out",
  "blocked_by_phone",
  "network_failure",
  "provider_busy",
  "provider_failure",
  "account_problem",
  "expired",
  "cancelled_at_provider",
  "no_receipt",
  "unknown",
] as const;
export type TextFailure = (typeof textFailures)[number];

/** `refused`: there is no point in texting this number. `unreachable`: it may work again one day. */
export const numberProblems = ["unreachable", "refused"] as const;
export type NumberProblem = (typeof numberProblems)[number];

export const smsEvents = [
  define("SmsRequested", "A text must be sent.", {
    smsId: smsId(),
    registrationId: RegistrationId(),
    billingRequestId: BillingRequestId(),
    purpose: Type.Union([
      Type.Literal("payment_link"),
      Type.Literal("resend"),
      Type.Literal("corrected_phone"),
      Type.Literal("reminder"),
      Type.Literal("asked_reminder", { description: "an operator asked for it" }),
      Type.Literal("confirmation"),
      Type.Literal("reopened"),
      Type.Literal("month_missed"),
      Type.Literal("mandate_gone"),
    ]),
    about: Type.Optional(
      Type.Union([Type.Literal("month_missed"), Type.Literal("mandate_gone"), Type.Literal("confirmation")], {
        description: "what a text to a corrected number says; absent if it asks for the fee",
      }),
    ),
    count: Type.Integer({ minimum: 0, description: "number of this text among those with its purpose" }),
    to: Phone(),
    body: Type.String({ minLength: 1, maxLength: 1600 }),
    encoding: Type.Union([Type.Literal("GSM-7"), Type.Literal("UCS-2")]),
    segments: Type.Integer({ minimum: 1 }),
    expectedPricePence: Type.Optional(Type.Number({ minimum: 0, description: "pence, from the settings" })),
    notBefore: Type.Optional(Instant("do not send earlier")),
    requestedAt: Instant(),
  }),
  define("SmsAttemptStarted", "One instance claimed an attempt, and calls Twilio next.", {
    attempt: attempt(),
    attemptId: Type.String({ description: "part of the signed callback URL" }),
    startedAt: Instant(),
  }),
  define("SmsAccepted", "Twilio has accepted the text.", {
    attempt: attempt(),
    providerMessageId: providerMessageId(),
    segments: Type.Optional(Type.Integer({ minimum: 0 })),
    via: via(),
    acceptedAt: Instant(),
  }),
  define("SmsDeferred", "Twilio certainly did not take the text; it will be retried.", {
    attempt: attempt(),
    code: code(),
    reason: Type.String(),
    counted: counted(),
    retryAt: Instant(),
    deferredAt: Instant(),
  }),
  define("SmsRejected", "Twilio refused the text permanently.", {
    attempt: attempt(),
    code: code(),
    reason: Type.String(),
    numberFault: numberFault(),
    rejectedAt: Instant(),
  }),
  define("SmsOutcomeUnknown", "Nobody knows whether Twilio took the text; only evidence settles it.", {
    attempt: attempt(),
    reason: Type.String(),
    askAt: Instant("when Twilio's list is asked"),
    unknownSince: Instant(),
  }),
  define(
    "SmsNotFound",
    "A text with an unknown outcome is not on Twilio's list. Missing several times in a row means that Twilio never took it.",
    {
      attempt: attempt(),
      observation: Type.Integer({ minimum: 1, description: "how many times in a row it was missing" }),
      absent: Type.Boolean({ description: "whether that is enough evidence to send the text again" }),
      askAt: Type.Optional(Instant("when the list is asked again")),
      observedAt: Instant(),
    },
  ),
  define("SmsStatusReported", "Twilio reported the text's status.", {
    providerMessageId: providerMessageId(),
    status: Type.String({ description: "Twilio's own word" }),
    errorCode: Type.Optional(code()),
    priceMicros: Type.Optional(Type.Integer({ description: "price in millionths of priceUnit" })),
    priceUnit: Type.Optional(Type.String({ description: "ISO 4217" })),
    segments: Type.Optional(Type.Integer({ minimum: 0 })),
    numberFault: numberFault(),
    via: via(),
    reportedAt: Instant(),
  }),
  define("SmsRetryScheduled", "The text did not arrive, for a reason that may pass, so another attempt follows.", {
    attempt: attempt(),
    code: code(),
    counted: counted(),
    retryAt: Instant(),
    scheduledAt: Instant(),
  }),
  define("TextStatusChanged", "The status of the text as a whole: all that other services need to know about it.", {
    registrationId: RegistrationId(),
    status: Type.Enum([...textStatuses]),
    attempt: Type.Integer({ minimum: 0, description: "how many attempts have started" }),
    segments: Type.Integer({ minimum: 0 }),
    sentAt: Type.Optional(Instant("when Twilio accepted it")),
    failure: Type.Optional(Type.Enum([...textFailures])),
    code: Type.Optional(Type.String({ description: "the code behind `failure`: Twilio's or our own" })),
    numberProblem: Type.Optional(Type.Enum([...numberProblems])),
    changedAt: Instant(),
  }),
  define("SmsWithdrawn", "The text is no longer wanted and was not sent; no action is needed.", {
    code: Type.Union([
      Type.Literal("paid"),
      Type.Literal("cancelled", { description: "the registration was cancelled" }),
      Type.Literal("link_cancelled", { description: "the billing request was cancelled" }),
      Type.Literal("superseded", { description: "the link was sent to another number or in a later text" }),
      Type.Literal("limit", { description: "the registration has had all the texts it may have" }),
      Type.Literal("waiting", { description: "an earlier text with the same link is still waiting for this number" }),
      Type.Literal("set_up", { description: "there is a Direct Debit again, or none is needed" }),
      Type.Literal("snoozed", { description: "an operator snoozed the family" }),
      Type.Literal("unpaid", { description: "the money went back before the confirmation was sent" }),
    ]),
    withdrawnAt: Instant(),
  }),
  define("SmsGivenUp", "The text was wanted, but no attempts are left, or no delivery report came in time.", {
    code: code(),
    reason: Type.String(),
    numberFault: numberFault(),
    givenUpAt: Instant(),
  }),
  define("ReplyReceived", "A reply came from this text's number. This is the latest text to that number.", {
    registrationId: RegistrationId(),
    replyId: Type.String({ description: "Twilio's message SID of the reply (SM…)" }),
    body: Type.String({ maxLength: REPLY_MAX }),
    receivedAt: Instant(),
  }),
  define("SmsErased", "The registration was erased: this text is erased, or can never be requested.", {
    registrationId: RegistrationId(),
    erasedAt: Instant(),
  }),
  define(
    "SmsRedactionDue",
    "Twilio has, or may have, messages of an erased text, and is asked to empty each of them.",
    {
      registrationId: RegistrationId(),
      messageIds: Type.Array(Type.String(), { description: "Twilio's message SIDs of texts and replies" }),
      search: Type.Optional(
        Type.Object(
          { billingRequestId: BillingRequestId(), since: Instant() },
          {
            description:
              "set when the outcome of an attempt is unknown: Twilio's list is searched for messages with this link",
          },
        ),
      ),
      dueAt: Instant(),
    },
  ),
  define("SmsRedacted", "Twilio has emptied its messages of an erased text, or no longer has them.", {
    registrationId: RegistrationId(),
    redactedAt: Instant(),
  }),
  define(
    "SmsLineTaken",
    "While texts are rate-limited, one instance at a time sends them all, to keep them in order. One stream a day.",
    {
      holder: Type.String({ description: "a random id of the instance" }),
      until: Instant(),
      takenAt: Instant(),
    },
  ),
] as const;

export type SmsEvent = EventOf<(typeof smsEvents)[number]>;

type SmsRequested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

/** What determines the words of a text. */
export type Worded = Pick<SmsRequested, "purpose" | "about">;

/** The purpose whose words a text has. */
export const contentOf = ({ purpose, about }: Worded): SmsRequested["purpose"] => about ?? purpose;
