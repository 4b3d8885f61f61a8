import { createHmac } from "node:crypto";
import { v5 as uuidv5 } from "uuid";
import type { SmsEvent } from "./events/sms.ts";

export type TextPurpose = Extract<SmsEvent, { type: "SmsRequested" }>["data"]["purpose"];

const TEXTS = "0d7f1c62-0c0e-5a57-9a35-4a1c5d6c1f6e";

/** The stream is `sms-{smsId}`. The same registration, purpose and count always give the same text. */
export const smsIdOf = (registrationId: string, purpose: TextPurpose, count: number): string =>
  uuidv5(`${registrationId}/${purpose}/${count}`, TEXTS);

export interface TextCounts {
  readonly resends: number;
  readonly corrections: number;
  /** How often the link was opened again after its money went back. */
  readonly reopenings: number;
  readonly reminders: number;
}

/** Every text that a registration with these counts has, or may still be asked to have. */
export const smsIdsOf = (registrationId: string, counts: TextCounts): string[] => {
  const { resends, corrections, reopenings, reminders } = counts;
  const upTo = (purpose: TextPurpose, from: number, last: number) =>
    Array.from({ length: last - from + 1 }, (_, i) => smsIdOf(registrationId, purpose, from + i));
  return [
    smsIdOf(registrationId, "payment_link", 0),
    ...upTo("resend", 1, resends),
    ...upTo("corrected_phone", 1, corrections),
    ...upTo("reopened", 1, reopenings),
    ...upTo("confirmation", 0, reopenings),
    ...upTo("reminder", 1, reminders),
  ];
};

/** The stream `suppression-{SUPPRESSION_KEY_ID}` holds the key that numbers are hashed with. */
export const SUPPRESSION_KEY_ID = "key";

/**
 * What a number is called in `suppression-{id}`: a keyed hash, because stream names travel in message headers, where no number
 * may be. `phone` is E.164.
 */
export const suppressionIdOf = (key: string, phone: string): string =>
  createHmac("sha256", key).update(phone).digest("hex").slice(0, 32);
