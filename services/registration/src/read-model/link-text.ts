import type { NumberProblem, SmsEvent } from "@touchline/contracts";
import { failureWords } from "@touchline/timeline";
import type { RowTextStatus } from "./row.ts";

/** What the read model remembers of one text with the payment link, as the notification service announced it. */
export interface LinkText {
  readonly smsId: string;
  /** E.164 */
  readonly to: string;
  /** `$all` position of its request: the newest text is the one shown. */
  readonly at: string;
  readonly status: RowTextStatus;
  /** Why it has not arrived, in words, with the code behind them. */
  readonly error?: string;
  readonly attempts: number;
  readonly segments: number;
  /** When Twilio accepted it. */
  readonly sentAt?: string;
  readonly numberProblem?: NumberProblem;
  /** No longer wanted, so no attempt follows. */
  readonly withdrawn?: boolean;
}

type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

/** Reminders and confirmations are not what the row is about. */
const shownPurposes: readonly Requested["purpose"][] = ["payment_link", "resend", "corrected_phone", "reopened"];

export const hasLink = (data: Requested): boolean => shownPurposes.includes(data.purpose);

export const requestedText = (data: Requested, at: bigint): LinkText => ({
  smsId: data.smsId,
  to: data.to,
  at: String(at),
  status: "pending",
  attempts: 0,
  segments: data.segments,
});

/** The text after an announcement. A withdrawn one keeps the status that it had. */
export const announcedText = (text: LinkText, announced: Announced): LinkText => {
  const { status, failure, code, attempt: attempts, segments, sentAt, numberProblem } = announced;
  const { smsId, to, at, error } = text;
  const facts = {
    smsId,
    to,
    at,
    attempts,
    segments,
    ...(sentAt && { sentAt }),
    ...(numberProblem && { numberProblem }),
  };
  if (status === "withdrawn") return { ...facts, status: text.status, ...(error && { error }), withdrawn: true };
  return { ...facts, status, ...(failure && { error: failureWords(failure, code) }) };
};
