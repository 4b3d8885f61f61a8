import { Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, RegistrationId } from "./define.ts";

const define = eventsOf("email", "notification");

const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });
const code = () => Type.String({ description: "SMTP's reply code, or our own word for what happened" });

/** Why a parent is e-mailed what a text was to say. */
export const emailReasons = ["number_refused", "opted_out", "undelivered"] as const;
export type EmailReason = (typeof emailReasons)[number];

export const emailEvents = [
  define(
    "EmailRequested",
    "A text cannot arrive: its parent is to get the same link by e-mail. Once for each reason.",
    {
      emailId: Type.String({ format: "uuid" }),
      registrationId: RegistrationId(),
      billingRequestId: BillingRequestId(),
      smsId: Type.String({ format: "uuid", description: "the text that cannot arrive" }),
      reason: Type.Union([
        Type.Literal("number_refused", { description: "the number cannot be texted" }),
        Type.Literal("opted_out", { description: "its owner asked for no texts" }),
        Type.Literal("undelivered", { description: "the text has not been delivered for 24 hours" }),
      ]),
      to: Type.String({ maxLength: 254 }),
      subject: Type.String({ maxLength: 300 }),
      body: Type.String({ maxLength: 4_000 }),
      requestedAt: Instant(),
    },
  ),
  define("EmailAttemptStarted", "An attempt was claimed; the mail server is called right after.", {
    attempt: attempt(),
    startedAt: Instant(),
  }),
  define("EmailSent", "The mail server has the e-mail.", { attempt: attempt(), sentAt: Instant() }),
  define("EmailDeferred", "The mail server did not take the e-mail, for certain; it is tried again later.", {
    attempt: attempt(),
    code: code(),
    retryAt: Instant(),
    deferredAt: Instant(),
  }),
  define("EmailRefused", "The e-mail cannot be sent: it was refused for good, or put off for too long.", {
    attempt: attempt(),
    code: code(),
    refusedAt: Instant(),
  }),
  define(
    "EmailOutcomeUnknown",
    "It is unknown whether the mail server took the e-mail. SMTP has nothing to ask, so it is never sent again.",
    { attempt: attempt(), code: code(), unknownSince: Instant() },
  ),
  define("EmailWithdrawn", "The e-mail is no longer wanted and was not sent.", {
    code: Type.Union([
      Type.Literal("paid", { description: "nothing is owed any more" }),
      Type.Literal("cancelled", { description: "the registration was cancelled" }),
      Type.Literal("link_cancelled", { description: "the billing request was cancelled" }),
      Type.Literal("set_up", { description: "there is a Direct Debit again, or none is needed" }),
      Type.Literal("snoozed", { description: "an operator keeps reminders away from the family" }),
      Type.Literal("delivered", { description: "a text has arrived after all" }),
      Type.Literal("superseded", { description: "a later text is on its way, perhaps to another number" }),
    ]),
    withdrawnAt: Instant(),
  }),
  define("EmailErased", "The registration was erased: this e-mail is forgotten, or can never be requested.", {
    registrationId: RegistrationId(),
    erasedAt: Instant(),
  }),
] as const;

export type EmailEvent = EventOf<(typeof emailEvents)[number]>;
