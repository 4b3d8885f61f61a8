import { Type } from "typebox";
import { BillingRequestId, type EventOf, eventsOf, Instant, RegistrationId } from "./define.ts";

const define = eventsOf("email", "notification");

const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });
const code = () => Type.String({ description: "SMTP's reply code, or our own code for what happened" });

/** Why a parent gets an e-mail instead of a text. */
export const emailReasons = ["number_refused", "opted_out", "undelivered"] as const;
export type EmailReason = (typeof emailReasons)[number];

export const emailEvents = [
  define("EmailRequested", "A text cannot arrive, so the parent gets the same link by e-mail, once for each reason.", {
    emailId: Type.String({ format: "uuid" }),
    registrationId: RegistrationId(),
    billingRequestId: BillingRequestId(),
    smsId: Type.String({ format: "uuid", description: "the text that cannot arrive" }),
    reason: Type.Union([
      Type.Literal("number_refused", { description: "the number cannot be texted" }),
      Type.Literal("opted_out", { description: "the owner of the number asked for no texts" }),
      Type.Literal("undelivered", { description: "the text was not delivered within 24 hours" }),
    ]),
    to: Type.String({ maxLength: 254 }),
    subject: Type.String({ maxLength: 300 }),
    body: Type.String({ maxLength: 4_000 }),
    requestedAt: Instant(),
  }),
  define("EmailAttemptStarted", "One instance claimed an attempt, and calls the mail server next.", {
    attempt: attempt(),
    startedAt: Instant(),
  }),
  define("EmailSent", "The mail server took the e-mail.", { attempt: attempt(), sentAt: Instant() }),
  define("EmailDeferred", "The mail server certainly did not take the e-mail; it will be retried.", {
    attempt: attempt(),
    code: code(),
    retryAt: Instant(),
    deferredAt: Instant(),
  }),
  define("EmailRefused", "The e-mail cannot be sent: the mail server refused it for good, or kept deferring it.", {
    attempt: attempt(),
    code: code(),
    refusedAt: Instant(),
  }),
  define(
    "EmailOutcomeUnknown",
    "Nobody knows whether the mail server took the e-mail. SMTP offers no way to ask, so it is never sent again.",
    { attempt: attempt(), code: code(), unknownSince: Instant() },
  ),
  define("EmailWithdrawn", "The e-mail is no longer wanted and was not sent.", {
    code: Type.Union([
      Type.Literal("paid", { description: "nothing is owed now" }),
      Type.Literal("cancelled", { description: "the registration was cancelled" }),
      Type.Literal("link_cancelled", { description: "the billing request was cancelled" }),
      Type.Literal("set_up", { description: "there is a Direct Debit again, or none is needed" }),
      Type.Literal("snoozed", { description: "an operator snoozed the family" }),
      Type.Literal("delivered", { description: "a text has arrived after all" }),
      Type.Literal("superseded", { description: "a later text is on its way, perhaps to another number" }),
    ]),
    withdrawnAt: Instant(),
  }),
  define("EmailErased", "The registration was erased: this e-mail is erased, or can never be requested.", {
    registrationId: RegistrationId(),
    erasedAt: Instant(),
  }),
] as const;

export type EmailEvent = EventOf<(typeof emailEvents)[number]>;
