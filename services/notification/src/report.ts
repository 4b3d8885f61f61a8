import { DatabaseSync } from "node:sqlite";
import { londonDay } from "@touchline/london";
import { isDelivered, isFailure, type Stage } from "./sms/stages.ts";
import { failureOf } from "./twilio/codes.ts";

/** The texts of one day in London, by outcome. */
export interface SmsReportDay {
  /** `2026-03-29` */
  readonly day: string;
  /** Messages that the provider took. */
  readonly sent: number;
  readonly delivered: number;
  /** By the provider's code, or our own such as `no_receipt`. */
  readonly failed: Readonly<Record<string, number>>;
  readonly segments: number;
  /** As the provider reports it, in millionths, by currency. */
  readonly costMicros: Readonly<Record<string, number>>;
  /** Messages whose price is not known yet. */
  readonly unpriced: number;
}

interface MessageRow {
  readonly accepted_at: number;
  readonly stage: Stage;
  readonly error_code: string | null;
  readonly segments: number | null;
  readonly price_micros: number | null;
  readonly price_unit: string | null;
  readonly text_status: string;
  readonly text_segments: number;
}

const MESSAGES = `
  SELECT m.accepted_at, m.stage, m.error_code, m.segments, m.price_micros, m.price_unit,
         t.status AS text_status, t.segments AS text_segments
  FROM messages m JOIN texts t USING (sms_id) WHERE m.accepted_at >= ? AND m.accepted_at < ?`;
const NEVER_TAKEN = `
  SELECT requested_at, code FROM texts
  WHERE status IN ('rejected', 'given_up') AND requested_at >= ? AND requested_at < ?
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.sms_id = texts.sms_id)`;

const DAY_MS = 86_400_000;
const RANGE_DAYS_MAX = 3_660;

/** Why these days cannot be reported, in words for people; undefined if they can. */
export const rangeViolation = (from: string, to: string): string | undefined => {
  if (from > to) return "The first day is after the last.";
  const days = (noon(to).getTime() - noon(from).getTime()) / DAY_MS;
  return days > RANGE_DAYS_MAX ? "The range is longer than ten years." : undefined;
};

/** Read-only, so it works beside a running service. @throws when there is no such file */
export const openReportDatabase = (path: string): DatabaseSync => new DatabaseSync(path, { readOnly: true });

/** One row for each day from `from` to `to`, both included, such as `2026-03-01`. */
export const smsReport = (db: DatabaseSync, from: string, to: string): SmsReportDay[] => {
  const days = new Map<string, Mutable>();
  for (let at = noon(from); at <= noon(to); at = new Date(at.getTime() + DAY_MS))
    days.set(at.toISOString().slice(0, 10), empty());
  // A margin on both sides, because the days are London's.
  const range = [noon(from).getTime() - DAY_MS, noon(to).getTime() + DAY_MS] as const;
  for (const row of db.prepare(MESSAGES).iterate(...range) as Iterable<unknown>) {
    const message = row as MessageRow;
    const day = days.get(londonDay(new Date(message.accepted_at)));
    if (day) addMessage(day, message);
  }
  for (const row of db.prepare(NEVER_TAKEN).iterate(...range) as Iterable<unknown>) {
    const { requested_at, code } = row as { requested_at: number; code: string | null };
    const day = days.get(londonDay(new Date(requested_at)));
    if (day) increase(day.failed, code ?? "unknown", 1);
  }
  return [...days].map(([day, found]) => ({ day, ...found }));
};

interface Mutable {
  sent: number;
  delivered: number;
  failed: Record<string, number>;
  segments: number;
  costMicros: Record<string, number>;
  unpriced: number;
}

const empty = (): Mutable => ({ sent: 0, delivered: 0, failed: {}, segments: 0, costMicros: {}, unpriced: 0 });
const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);

const increase = (counts: Record<string, number>, key: string, by: number): void => {
  counts[key] = (counts[key] ?? 0) + by;
};

const addMessage = (day: Mutable, message: MessageRow): void => {
  const { stage } = message;
  day.sent++;
  day.segments += message.segments ?? message.text_segments;
  if (isDelivered(stage)) day.delivered++;
  else if (isFailure(stage)) increase(day.failed, message.error_code ?? stage, 1);
  else if (message.text_status === "given_up") increase(day.failed, "no_receipt", 1);
  if (message.price_micros === null) day.unpriced++;
  else increase(day.costMicros, message.price_unit ?? "?", message.price_micros);
};

const OWN_WORDS: Readonly<Record<string, string>> = {
  no_receipt: "No delivery report came within 72 hours.",
  opted_out: "The parent has opted out of our texts by replying STOP.",
  number_refused: "An earlier text to this number was refused for good.",
  undelivered: "The network did not deliver it, and gave no reason.",
  failed: "Twilio could not send it, and gave no reason.",
  cancelled: "It was cancelled at Twilio.",
};

/** Why texts with this code in `failed` failed. */
export const failedBecause = (code: string): string =>
  OWN_WORDS[code] ?? (/^\d+$/.test(code) ? failureOf(code).reason : code);
