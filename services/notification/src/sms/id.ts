import type { SmsEvent } from "@touchline/contracts";
import { v5 as uuidv5 } from "uuid";

export type Purpose = Extract<SmsEvent, { type: "SmsRequested" }>["data"]["purpose"];

const NAMESPACE = "0d7f1c62-0c0e-5a57-9a35-4a1c5d6c1f6e";

/** One text for each registration, purpose and count, whoever asks and however often. */
export const smsIdOf = (registrationId: string, purpose: Purpose, count: number): string =>
  uuidv5(`${registrationId}/${purpose}/${count}`, NAMESPACE);

export interface TextCounts {
  readonly resends: number;
  readonly corrections: number;
  readonly reopenings: number;
  readonly reminders: number;
}

/** Every text that a registration with these counts has, or may be asked to have while they stand. */
export const smsIdsOf = (registrationId: string, counts: TextCounts): string[] => {
  const { resends, corrections, reopenings, reminders } = counts;
  const upTo = (purpose: Purpose, from: number, last: number) =>
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

/** Rides in the callback URL, which Twilio signs: a callback names its attempt even when we never saw the answer. */
export const attemptIdOf = (smsId: string, attempt: number): string => `${smsId}.${attempt}`;

/** Undefined when it is not an attempt id. */
export const parseAttemptId = (attemptId: string): { smsId: string; attempt: number } | undefined => {
  const match = /^([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.([1-9]\d{0,3})$/.exec(
    attemptId,
  );
  return match?.[1] && match[2] ? { smsId: match[1], attempt: Number(match[2]) } : undefined;
};
