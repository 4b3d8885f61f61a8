import { createHmac } from "node:crypto";
import { v5 as uuidv5 } from "uuid";
import { type EmailReason, emailReasons } from "./events/email.ts";
import type { SmsEvent } from "./events/sms.ts";

export type TextPurpose = Extract<SmsEvent, { type: "SmsRequested" }>["data"]["purpose"];

const TEXTS = "0d7f1c62-0c0e-5a57-9a35-4a1c5d6c1f6e";

/** The stream is `sms-{smsId}`. The same registration, purpose and count always give the same text. */
export const smsIdOf = (registrationId: string, purpose: TextPurpose, count: number): string =>
  uuidv5(`${registrationId}/${purpose}/${count}`, TEXTS);

/** More reminders than this follow no registration, and no fee that is asked for again. */
const REMINDERS_MAX = 99;

/** `count` of the nth reminder since the link was opened again for the `round`th time; round 0 follows the registration. */
export const reminderCount = (round: number, nth: number): number => round * (REMINDERS_MAX + 1) + nth;

/** Which reminder of its round it is, from 1. */
export const nthReminder = (count: number): number => count % (REMINDERS_MAX + 1);

export interface TextCounts {
  readonly resends: number;
  readonly corrections: number;
  /** Reminders that operators asked for. */
  readonly askedReminders: number;
  /** How often the link was opened again after its money went back. */
  readonly reopenings: number;
  /** How many of its mandates have ended. */
  readonly mandatesGone: number;
  /** The most in a round. */
  readonly reminders: number;
}

/** Every text that a registration with these counts has, or may still be asked to have. */
export const smsIdsOf = (registrationId: string, counts: TextCounts): string[] => {
  const { resends, corrections, askedReminders, reopenings, mandatesGone, reminders } = counts;
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
      upTo("reminder", reminderCount(round, 1), reminderCount(round, reminders)),
    ).flat(),
  ];
};

const EMAILS = "5b0c7b1e-52a1-5c59-8d3c-0a5f3f6d9b27";

/** The stream is `email-{emailId}`. `round`: how often the link had been opened again; the same reason leads to one e-mail in each. */
export const emailIdOf = (registrationId: string, reason: EmailReason, round: number): string =>
  uuidv5(`${registrationId}/${reason}/${round}`, EMAILS);

/** Every e-mail that a registration has, or may still be asked to have. */
export const emailIdsOf = (registrationId: string, reopenings: number): string[] =>
  Array.from({ length: reopenings + 1 }, (_, round) =>
    emailReasons.map((reason) => emailIdOf(registrationId, reason, round)),
  ).flat();

/** The stream `suppression-{SUPPRESSION_KEY_ID}` holds the key that numbers are hashed with. */
export const SUPPRESSION_KEY_ID = "key";

/**
 * What a number is called in `suppression-{id}`: a keyed hash, because stream names travel in message headers, where no number
 * may be. `phone` is E.164.
 */
export const suppressionIdOf = (key: string, phone: string): string =>
  createHmac("sha256", key).update(phone).digest("hex").slice(0, 32);
