import type { SmsEvent } from "@touchline/contracts";
import type { Told, Words } from "./tell.ts";
import { londonTime, plural } from "./words.ts";

const purposes = {
  payment_link: "A text with the link",
  resend: "A text with the link, once more,",
  corrected_phone: "A text with the link, for the corrected number,",
  reminder: "A reminder",
  confirmation: "A confirmation of the payment",
  reopened: "A text that something is owed again",
} as const;

const withdrawals = {
  paid: "it is paid by now",
  cancelled: "the registration was called off",
  link_cancelled: "the payment token was cancelled",
  superseded: "the link went to another number, or in a later text",
  limit: "more texts than one registration may cause",
  waiting: "an earlier text with the same link has yet to go",
  unpaid: "the money went back",
} as const;

const faults = {
  invalid: "the number cannot be texted",
  opted_out: "its owner asked for no texts",
  unreachable: "texts to it do not arrive",
} as const;

const join = (...parts: (string | false | undefined)[]): string | undefined =>
  parts.filter(Boolean).join("; ") || undefined;

const sources = {
  answer: "Twilio",
  callback: "Twilio callback",
  list: "Twilio's list",
  poll: "Twilio, when asked",
} as const;

const arrivals: Readonly<Record<string, Pick<Told, "text" | "tone">>> = {
  delivered: { text: "The text was delivered", tone: "good" },
  read: { text: "The text was delivered and read", tone: "good" },
  undelivered: { text: "The text was not delivered", tone: "bad" },
  failed: { text: "The text failed", tone: "bad" },
  canceled: { text: "The text was cancelled at Twilio", tone: "bad" },
  sent: { text: "Twilio handed the text to the carrier" },
};

export const smsWords: Words<SmsEvent> = {
  SmsRequested: ({ purpose, to, segments, encoding, notBefore, body }, { phone, bodies }) => ({
    text: `${purposes[purpose]} was requested to ${phone(to)}`,
    detail: join(
      `${plural(segments, "segment")} ${encoding}`,
      notBefore && `not before ${londonTime(notBefore)}`,
      bodies && body,
    ),
  }),
  SmsAttemptStarted: ({ attempt }) => ({ text: "The text goes to Twilio", detail: `attempt ${attempt}` }),
  SmsAccepted: ({ attempt, providerMessageId, via }) => ({
    text: "Twilio took the text",
    detail: join(`attempt ${attempt}`, providerMessageId),
    from: sources[via],
  }),
  SmsDeferred: ({ attempt, code, reason, retryAt }) => ({
    text: `Twilio did not take the text; again at ${londonTime(retryAt)}`,
    detail: join(`attempt ${attempt}`, `${code}: ${reason}`),
    tone: "bad",
  }),
  SmsRejected: ({ attempt, code, reason, numberFault }) => ({
    text: `Twilio refused the text for good${numberFault ? `: ${faults[numberFault]}` : ""}`,
    detail: join(`attempt ${attempt}`, `${code}: ${reason}`),
    from: "Twilio",
    tone: "bad",
  }),
  SmsOutcomeUnknown: ({ attempt, reason, askAt }) => ({
    text: `Nobody knows whether Twilio took the text; its list is asked at ${londonTime(askAt)}`,
    detail: join(`attempt ${attempt}`, reason),
    tone: "bad",
  }),
  SmsNotFound: ({ attempt, observation, absent }) => ({
    text: absent ? "Twilio never took the text: it is sent again" : "Twilio's list does not hold the text",
    detail: `attempt ${attempt}, looked ${plural(observation, "time")}`,
    from: "Twilio's list",
  }),
  SmsStatusReported: ({ status, errorCode, providerMessageId, via, numberFault }) => ({
    text: `Twilio says: ${status}`,
    ...arrivals[status.toLowerCase()],
    detail: join(errorCode && `code ${errorCode}`, numberFault && faults[numberFault], providerMessageId),
    from: sources[via],
  }),
  SmsRetryScheduled: ({ attempt, code, retryAt }) => ({
    text: `The text is tried again at ${londonTime(retryAt)}`,
    detail: join(`attempt ${attempt}`, `code ${code}`),
  }),
  SmsWithdrawn: ({ code }) => ({ text: `The text is not needed any more: ${withdrawals[code]}` }),
  SmsGivenUp: ({ code, reason, numberFault }) => ({
    text: `No more attempts at this text${numberFault ? `: ${faults[numberFault]}` : ""}`,
    detail: `${code}: ${reason}`,
    tone: "bad",
  }),
  TextStatusChanged: ({ status }) => ({ text: `The text is now ${status}` }),
  SmsErased: () => ({ text: "The text was erased" }),
  SmsLineTaken: ({ until }) => ({ text: `One instance sends the texts until ${londonTime(until)}` }),
};
