import { contentOf, type NumberProblem, type SmsEvent } from "@touchline/contracts";
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
  /** A reminder: it has the link too, but is not the text that a row shows. */
  readonly reminder?: boolean;
  /** Why it has not arrived, in words, with the code behind them. */
  readonly error?: string;
  readonly attempts: number;
  readonly segments: number;
  /** When Twilio accepted it. */
  readonly sentAt?: string;
  /** When we first learnt of it. */
  readonly deliveredAt?: string;
  readonly numberProblem?: NumberProblem;
  /** Since when it has not arrived, whatever was tried since. */
  readonly failedAt?: string;
  /** No longer wanted, so no attempt follows. */
  readonly withdrawn?: boolean;
}

type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

const reminders: readonly Requested["purpose"][] = ["reminder", "asked_reminder"];

/** A confirmation has no link. */
export const hasLink = (data: Requested): boolean => contentOf(data) !== "confirmation";

export const requestedText = (data: Requested, at: bigint): LinkText => ({
  smsId: data.smsId,
  to: data.to,
  at: String(at),
  status: "pending",
  ...(reminders.includes(data.purpose) && { reminder: true }),
  attempts: 0,
  segments: data.segments,
});

/** The text after an announcement. A withdrawn one keeps the status that it had. */
export const announcedText = (text: LinkText, announced: Announced): LinkText => {
  const { status, failure, code, attempt: attempts, segments, sentAt, numberProblem } = announced;
  const { smsId, to, at, error, reminder } = text;
  const deliveredAt = text.deliveredAt ?? (status === "delivered" ? announced.changedAt : undefined);
  const failedAt =
    status === "delivered" ? undefined : (text.failedAt ?? (failed.has(status) ? announced.changedAt : undefined));
  const facts = {
    smsId,
    to,
    at,
    attempts,
    segments,
    ...(reminder && { reminder }),
    ...(deliveredAt && { deliveredAt }),
    ...(sentAt && { sentAt }),
    ...(numberProblem && { numberProblem }),
    ...(failedAt && { failedAt }),
  };
  if (status === "withdrawn") return { ...facts, status: text.status, ...(error && { error }), withdrawn: true };
  return { ...facts, status, ...(failure && { error: failureWords(failure, code) }) };
};

const failed: ReadonlySet<Announced["status"]> = new Set(["undelivered", "failed"]);
