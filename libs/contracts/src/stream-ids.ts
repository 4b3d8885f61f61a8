import { createHmac } from "node:crypto";
import { v5 as uuidv5 } from "uuid";
import { type EmailReason, emailReasons } from "./events/email.ts";
import type { SmsEvent } from "./events/sms.ts";
import { REMINDERS_MAX } from "./reminder-days.ts";

export type TextPurpose = Extract<SmsEvent, { type: "SmsRequested" }>["data"]["purpose"];

const TEXTS = "0d7f1c62-0c0e-5a57-9a35-4a1c5d6c1f6e";

/** The stream is `sms-{smsId}`. The same registration, purpose and count always give the same id. */
export const smsIdOf = (registrationId: string, purpose: TextPurpose, count: number): string =>
  uuidv5(`${registrationId}/${purpose}/${count}`, TEXTS);

/** Rounds are so far apart in the counts of reminders; never changed, because stored streams are named after it. */
const ROUND = 100;

/** The `count` of the nth reminder in a round. Round 0 follows the registration; each time the link is opened again, a new round begins. */
export const reminderCount = (round: number, nth: number): number => round * ROUND + nth;

/** The place of a reminder in its round, from 1. */
export const nthReminder = (count: number): number => count % ROUND;

export interface TextCounts {
  readonly resends: number;
  readonly corrections: number;
  /** Reminders that operators asked for. */
  readonly askedReminders: number;
  /** How often the link was opened again because money went back. */
  readonly reopenings: number;
  /** How many of its mandates have ended. */
  readonly mandatesGone: number;
}

/** The id of every text that a registration with these counts has, or may still get. */
export const smsIdsOf = (registrationId: string, counts: TextCounts): string[] => {
  const { resends, corrections, askedReminders, reopenings, mandatesGone } = counts;
  const upTo = (purpose: TextPurpose, from: number, last: number) =>
    Array.from({ length: last - from + 1 }, (_, i) => smsIdOf(registrationId, purpose, from + i));
  return [
    smsIdOf(registrationId, "payment_link", 0),
    ...upTo("resend", 1, resends),
    ...upTo("corrected_phone", 1, corrections),
    ...upTo("asked_reminder", 1, askedReminders),
    ...upTo("reopened", 1, reopenings),
    ...upTo("month_missed", 1, reopenings),
    ...upTo("mandate_gone", 1, mandatesGone),
    ...upTo("confirmation", 0, reopenings),
    ...Array.from({ length: reopenings + 1 }, (_, round) =>
      upTo("reminder", reminderCount(round, 1), reminderCount(round, REMINDERS_MAX)),
    ).flat(),
  ];
};

const EMAILS = "5b0c7b1e-52a1-5c59-8d3c-0a5f3f6d9b27";

/** How often the link had been opened again; or, since that does not open it, how many mandates had ended. */
export type EmailRound = number | `mandate ${number}`;

/** The stream is `email-{emailId}`. One reason leads to at most one e-mail a round. */
export const emailIdOf = (registrationId: string, reason: EmailReason, round: EmailRound): string =>
  uuidv5(`${registrationId}/${reason}/${round}`, EMAILS);

/** The id of every e-mail that a registration has, or may still get. */
export const emailIdsOf = (
  registrationId: string,
  { reopenings, mandatesGone }: Pick<TextCounts, "reopenings" | "mandatesGone">,
): string[] => {
  const rounds: readonly EmailRound[] = [
    ...Array(reopenings + 1).keys(),
    ...Array.from({ length: mandatesGone }, (_, i) => `mandate ${i + 1}` as const),
  ];
  return rounds.flatMap((round) => emailReasons.map((reason) => emailIdOf(registrationId, reason, round)));
};

/** The stream `suppression-{SUPPRESSION_KEY_ID}` holds the key for hashing numbers. */
export const SUPPRESSION_KEY_ID = "key";

/**
 * The id of a number in `suppression-{id}`: a keyed hash, because stream names travel in message headers, where no number
 * may be. `phone` is E.164.
 */
export const suppressionIdOf = (key: string, phone: string): string =>
  createHmac("sha256", key).update(phone).digest("hex").slice(0, 32);
