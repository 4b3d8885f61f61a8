import type { NumberProblem, SmsEvent, TextStatus } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Description, Words } from "./description.ts";
import { failureWords } from "./failure-words.ts";
import { plural } from "./words.ts";

const purposes = {
  payment_link: "A text with the link",
  resend: "Another text with the link",
  corrected_phone: "A text with the link, to the corrected number,",
  reminder: "A reminder",
  asked_reminder: "A reminder that the club asked for",
  confirmation: "A confirmation of the payment",
  reopened: "A text about money that is owed again",
  month_missed: "A text about a missed monthly payment",
  mandate_gone: "A text about a Direct Debit that has ended",
} as const;

const withdrawals = {
  paid: "it has been paid",
  cancelled: "the registration was cancelled",
  link_cancelled: "the payment request was cancelled",
  superseded: "the link was sent to another number, or in a later text",
  limit: "this registration has had the most texts allowed",
  waiting: "an earlier text with the same link is still waiting",
  set_up: "there is a Direct Debit again, or none is needed",
  snoozed: "reminders are paused for this family",
  unpaid: "the money went back",
} as const;

const numberProblems: Readonly<Record<NumberProblem, string>> = {
  refused: "this number cannot be texted",
  unreachable: "the phone may be off, or the number wrong",
};

const join = (...parts: (string | false | undefined)[]): string | undefined =>
  parts.filter(Boolean).join("; ") || undefined;

const sources = {
  answer: "Twilio",
  callback: "Twilio",
  list: "Twilio's list",
  poll: "Twilio, when asked",
} as const;

const statuses: Readonly<Record<TextStatus, Pick<Description, "text" | "tone">>> = {
  pending: { text: "The text is waiting to be sent" },
  sent: { text: "The text is on its way" },
  delivered: { text: "The text was delivered", tone: "good" },
  undelivered: { text: "The text was not delivered", tone: "bad" },
  failed: { text: "The text failed", tone: "bad" },
  withdrawn: { text: "The text was withdrawn" },
};

export const smsWords: Words<SmsEvent> = {
  SmsRequested: ({ purpose, about, to, segments, encoding, notBefore, body }, { phone, bodies }) => ({
    text: `${about ? `${purposes[about]}, to the corrected number,` : purposes[purpose]} was requested for ${phone(to)}`,
    detail: join(
      `${plural(segments, "segment")} ${encoding}`,
      notBefore && `not before ${londonTime(notBefore)}`,
      bodies && body,
    ),
  }),
  SmsAttemptStarted: ({ attempt }) => ({ text: "The text is being sent to Twilio", detail: `attempt ${attempt}` }),
  SmsAccepted: ({ attempt, providerMessageId, via }) => ({
    text: "Twilio accepted the text",
    detail: join(`attempt ${attempt}`, providerMessageId),
    from: sources[via],
  }),
  SmsDeferred: ({ attempt, code, reason, retryAt }) => ({
    text: `Twilio did not accept the text; the next attempt is at ${londonTime(retryAt)}`,
    detail: join(`attempt ${attempt}`, `${code}: ${reason}`),
    tone: "bad",
  }),
  SmsRejected: ({ attempt, code, reason }) => ({
    text: "Twilio refused the text for good",
    detail: join(`attempt ${attempt}`, `${code}: ${reason}`),
    from: "Twilio",
    tone: "bad",
  }),
  SmsOutcomeUnknown: ({ attempt, reason, askAt }) => ({
    text: `It is not known whether Twilio accepted the text; its list is checked at ${londonTime(askAt)}`,
    detail: join(`attempt ${attempt}`, reason),
    tone: "bad",
  }),
  SmsNotFound: ({ attempt, observation, absent }) => ({
    text: absent ? "Twilio never accepted the text, so it will be sent again" : "The text is not on Twilio's list",
    detail: `attempt ${attempt}, looked ${plural(observation, "time")}`,
    from: "Twilio's list",
  }),
  SmsStatusReported: ({ status, errorCode, providerMessageId, via }) => ({
    text: `Twilio reported: ${status}`,
    detail: join(errorCode && `code ${errorCode}`, providerMessageId),
    from: sources[via],
  }),
  SmsRetryScheduled: ({ attempt, code, retryAt }) => ({
    text: `The next attempt at this text is at ${londonTime(retryAt)}`,
    detail: join(`attempt ${attempt}`, `code ${code}`),
  }),
  SmsWithdrawn: ({ code }) => ({ text: `The text is no longer needed: ${withdrawals[code]}` }),
  SmsGivenUp: ({ code, reason }) => ({
    text: "No more attempts will be made to send this text",
    detail: `${code}: ${reason}`,
    tone: "bad",
  }),
  TextStatusChanged: ({ status, failure, code, numberProblem }) => ({
    ...statuses[status],
    detail: join(failure && failureWords(failure, code), numberProblem && numberProblems[numberProblem]),
  }),
  ReplyReceived: ({ body }, { bodies }) => ({
    text: "The parent replied",
    detail: bodies ? body : undefined,
    from: "parent",
  }),
  SmsErased: () => ({ text: "The text was erased" }),
  SmsRedactionDue: () => ({ text: "Twilio is being asked to empty its copy of the text" }),
  SmsRedacted: () => ({ text: "Twilio has emptied its copy of the text" }),
  SmsLineTaken: ({ until }) => ({ text: `One instance sends the texts until ${londonTime(until)}` }),
};
