import type { SmsEvent } from "@touchline/contracts";
import type { TextStatus } from "./row.ts";
import { wordsFor } from "./sms-words.ts";

/** What the read model remembers of one text that carries the payment link. */
export interface TextStory {
  readonly smsId: string;
  /** E.164 */
  readonly to: string;
  /** `$all` position of its request: the newest text is the one shown. */
  readonly at: string;
  readonly status: TextStatus;
  /** Why it has not arrived, in words, with the provider's code. */
  readonly error?: string;
  readonly attempts: number;
  readonly segments: number;
  /** When Twilio accepted it. */
  readonly sentAt?: string;
  /** Twilio's id of the latest attempt; a late report about an earlier one changes nothing, unless it is "delivered". */
  readonly sid?: string;
  /** Texting this number again makes no sense: at all, until its owner wants texts again, or until the phone is within reach. */
  readonly numberFault?: "lasting" | "opted_out" | "unreachable";
  /** Not sent, because nobody wants it any more. */
  readonly withdrawn?: boolean;
}

type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

/** Reminders and confirmations are other stories. */
const shownPurposes: readonly Requested["purpose"][] = ["payment_link", "resend", "corrected_phone", "reopened"];

export const isShown = (data: Requested): boolean => shownPurposes.includes(data.purpose);

export const requested = (data: Requested, at: bigint): TextStory => ({
  smsId: data.smsId,
  to: data.to,
  at: String(at),
  status: "pending",
  attempts: 0,
  segments: data.segments,
});

/** What an event of its stream makes of a text; the same object when it says nothing new. */
export const tellText = (text: TextStory, event: SmsEvent): TextStory => {
  const arrived = text.status === "delivered";
  switch (event.type) {
    case "SmsAttemptStarted":
      return { ...without(text, "sid"), attempts: event.data.attempt, ...(!arrived && { status: "pending" }) };
    case "SmsAccepted":
      return accepted(text, event.data);
    case "SmsStatusReported":
      return reported(text, event.data);
    case "SmsDeferred":
      return arrived ? text : { ...text, status: "pending", error: `${event.data.code}: ${event.data.reason}` };
    case "SmsRetryScheduled":
      // What was reported stands until the next attempt is made.
      return arrived ? text : { ...text, error: wordsFor(event.data.code) };
    case "SmsRejected":
      return arrived ? text : failed(text, event.data);
    case "SmsGivenUp":
      // "Undelivered" already says how it ended.
      return arrived || text.status === "undelivered"
        ? withFault(text, event.data.numberFault)
        : failed(text, event.data);
    case "SmsWithdrawn":
      return { ...text, withdrawn: true };
    default:
      return text;
  }
};

type Data<T extends SmsEvent["type"]> = Extract<SmsEvent, { type: T }>["data"];

const accepted = (text: TextStory, data: Data<"SmsAccepted">): TextStory => ({
  ...(text.status === "pending" ? without(text, "error") : text),
  ...(text.status === "pending" && { status: "sent" }),
  sid: data.providerMessageId,
  sentAt: data.acceptedAt,
  ...(data.segments && { segments: data.segments }),
});

const reported = (text: TextStory, data: Data<"SmsStatusReported">): TextStory => {
  const counted = data.segments ? { ...text, segments: data.segments } : text;
  const status = data.status.toLowerCase();
  // Late or not, and whichever attempt it was: the parent has the text.
  if (status === "delivered" || status === "read") {
    return { ...without(counted, "error", "numberFault"), status: "delivered", sentAt: text.sentAt ?? data.reportedAt };
  }
  if (text.status === "delivered") return counted;
  const stale = text.sid !== undefined && text.sid !== data.providerMessageId;
  if (stale || text.status === "undelivered" || text.status === "failed") return counted;
  if (status === "undelivered" || status === "failed" || status === "canceled") {
    const ended = { ...counted, status: status === "undelivered" ? status : "failed" } as const;
    return withFault({ ...ended, error: wordsFor(data.errorCode ?? status) }, data.numberFault);
  }
  const onItsWay = ["accepted", "queued", "sending", "sent", "scheduled"].includes(status) && text.status === "pending";
  // Between a failure and its retry such a report is an echo.
  return onItsWay && text.error === undefined
    ? { ...counted, status: "sent", sid: data.providerMessageId, sentAt: text.sentAt ?? data.reportedAt }
    : counted;
};

const failed = (text: TextStory, { code, reason, numberFault }: Data<"SmsRejected"> | Data<"SmsGivenUp">): TextStory =>
  withFault({ ...text, status: "failed", error: `${code}: ${reason}` }, numberFault);

const withFault = (text: TextStory, numberFault: string | undefined): TextStory =>
  numberFault && text.status !== "delivered"
    ? { ...text, numberFault: numberFault === "opted_out" || numberFault === "unreachable" ? numberFault : "lasting" }
    : text;

/** The owner of this number wants texts again. */
export const optedIn = (text: TextStory, phone: string): TextStory =>
  text.numberFault === "opted_out" && text.to === phone ? without(text, "numberFault") : text;

const without = <K extends "error" | "sid" | "numberFault">(text: TextStory, ...keys: K[]): TextStory => {
  const copy = { ...text };
  for (const key of keys) delete copy[key];
  return copy;
};
