import type { DigestEvent, EmailEvent } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Words } from "./description.ts";

const reasons = {
  number_refused: "the number cannot be texted",
  opted_out: "the parent wants no texts",
  undelivered: "the text was not delivered within 24 hours",
} as const;

const withdrawals = {
  paid: "it has been paid",
  cancelled: "the registration was cancelled",
  link_cancelled: "the payment request was cancelled",
  set_up: "there is a Direct Debit again, or none is needed",
  snoozed: "reminders are paused for this family",
  delivered: "a text has arrived",
  superseded: "a later text is on its way",
} as const;

export const emailWords: Words<EmailEvent | DigestEvent> = {
  EmailRequested: ({ reason, to, body }, { bodies }) => ({
    text: `An e-mail with the link was requested: ${reasons[reason]}`,
    detail: bodies ? `${to}: ${body}` : undefined,
  }),
  EmailAttemptStarted: ({ attempt }) => ({
    text: "The e-mail is being sent to the mail server",
    detail: `attempt ${attempt}`,
  }),
  EmailSent: () => ({ text: "The mail server accepted the e-mail", tone: "good" }),
  EmailDeferred: ({ code, retryAt }) => ({
    text: `The mail server did not accept the e-mail; the next attempt is at ${londonTime(retryAt)}`,
    detail: `code ${code}`,
    tone: "bad",
  }),
  EmailRefused: ({ code }) => ({ text: "The e-mail could not be sent", detail: `code ${code}`, tone: "bad" }),
  EmailOutcomeUnknown: ({ code }) => ({
    text: "It is not known whether the e-mail was sent, so it is not sent again",
    detail: `code ${code}`,
    tone: "bad",
  }),
  EmailWithdrawn: ({ code }) => ({ text: `The e-mail is no longer needed: ${withdrawals[code]}` }),
  DigestAttemptStarted: ({ audience }) => ({
    text: `The day's e-mail to ${audience} is being sent to the mail server`,
  }),
  DigestAttemptEnded: ({ audience, outcome, code }) => ({
    text: `The day's e-mail to ${audience}: ${outcome}`,
    detail: code && `code ${code}`,
  }),
  EmailErased: () => ({ text: "The e-mail was erased" }),
};
