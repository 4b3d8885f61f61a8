import { isSnoozed, pounds } from "@touchline/contracts";
import { owes, owesFee, type Standing } from "./next-actions.ts";

/** Why a family needs a human, most urgent first. */
export const todayCodes = [
  "replied",
  "token_refused",
  "number_refused",
  "opted_out",
  "unreachable",
  "email_unknown",
  "possible_duplicate",
  "paid_twice",
  "money_failed",
  "subscription_refused",
  "mandate_gone",
  "behind",
  "suspended",
] as const;
export type TodayCode = (typeof todayCodes)[number];

export interface TodayReason {
  readonly code: TodayCode;
  /** ISO 8601; absent where it is not known. */
  readonly since?: string;
  /** For people. */
  readonly sentence: string;
  /** What to do, in words, such as `Ask for another number`. */
  readonly nextStep: string;
}

/** The columns that `todayOf` reads, named as in the row. */
export interface TodayRow extends Standing {
  readonly months_missed: number;
  readonly paid_twice_pence: number;
  readonly money_failed_at: string | null;
  readonly subscription_refused_at: string | null;
  readonly replied_at: string | null;
  readonly opted_out: number;
  readonly sms_delivery_status: string;
  /** The status of the e-mail sent instead of a text. */
  readonly email_status: string | null;
  readonly created_at: string;
}

const HOUR_MS = 3_600_000;
/** How long a text may stay undelivered before somebody has to call. */
const UNREACHABLE_MS = 48 * HOUR_MS;
/** How long the chat has to decide on a possible duplicate. */
const HELD_MS = 24 * HOUR_MS;

/** What a family that has left still needs a human for: an answer, and its own money. */
const afterLeaving: ReadonlySet<TodayCode> = new Set(["replied", "paid_twice", "money_failed"]);

/** Why this family needs a human now, most urgent first; empty if it does not. A family that owes nothing and asks nothing does not. */
export const todayOf = (row: TodayRow, now: Date): readonly TodayReason[] => {
  const found: Partial<Record<TodayCode, string | null>> = {
    ...ofFamily(row, now),
    ...(isSnoozed(row.snoozed_until, now) ? {} : { ...ofTexts(row, now), ...ofEmail(row), ...ofMoney(row) }),
  };
  return todayCodes.flatMap((code) => {
    const since = found[code];
    if (since === undefined || (row.cancelled && !afterLeaving.has(code))) return [];
    const [sentence, nextStep] = words[code](row);
    return [{ code, ...(since && { since }), sentence, nextStep }];
  });
};

type Found = Partial<Record<TodayCode, string | null>>;

const isOver = (since: string, ms: number, now: Date): boolean => now.getTime() - Date.parse(since) >= ms;

const ofFamily = (row: TodayRow, now: Date): Found => ({
  ...(row.replied_at && { replied: row.replied_at }),
  ...(row.payment_token_error && owesFee(row) && { token_refused: row.created_at }),
  ...(row.held_for && isOver(row.created_at, HELD_MS, now) && { possible_duplicate: row.created_at }),
  ...(row.paid_twice_pence > 0 && { paid_twice: null }),
  ...(row.money_failed_at && { money_failed: row.money_failed_at }),
  ...(row.subscription_refused_at && { subscription_refused: row.subscription_refused_at }),
});

/** If nothing is owed, it does not matter whether texts arrive. */
const ofTexts = (row: TodayRow, now: Date): Found => {
  if (!owes(row)) return {};
  if (row.opted_out) return { opted_out: null };
  if (row.phone_refuses_texts) return { number_refused: row.unreached_since };
  const since = row.unreached_since;
  return since && isOver(since, UNREACHABLE_MS, now) ? { unreachable: since } : {};
};

/** Nobody can say whether the e-mail was sent, and it is not sent again. A text that arrives after all settles it. */
const ofEmail = (row: TodayRow): Found =>
  row.email_status === "unknown" && row.sms_delivery_status !== "delivered" && owes(row) ? { email_unknown: null } : {};

const ofMoney = (row: TodayRow): Found => ({
  ...(row.mandate_status === "gone" && { mandate_gone: null }),
  ...(row.behind_pence > 0 && { behind: null }),
  ...(row.suspended_at && owesFee(row) && { suspended: row.suspended_at }),
});

const words: Readonly<Record<TodayCode, (row: TodayRow) => readonly [sentence: string, nextStep: string]>> = {
  replied: () => ["The parent has texted back, and nobody has dealt with it.", "Read the reply"],
  token_refused: () => ["GoCardless refused the payment request, so there is no link.", "See why it was refused"],
  number_refused: () => ["This number cannot be texted, and money is owed.", "Correct the number"],
  opted_out: () => ["The owner of this number wants no texts, and money is owed.", "Call the parent"],
  unreachable: () => ["No text with the link has arrived for two days.", "Call the parent"],
  email_unknown: () => ["The e-mail in place of the text may not have been sent.", "Call the parent"],
  possible_duplicate: () => [
    "The same child seems to be registered twice, so no link was made or texted.",
    "Release it or cancel it",
  ],
  paid_twice: ({ paid_twice_pence }) => [`${pounds(paid_twice_pence)} was paid twice.`, "Give it back"],
  money_failed: () => ["A refund or a record of money failed.", "See why it failed"],
  subscription_refused: () => [
    "GoCardless has refused the monthly payments, so they are not collected as agreed.",
    "See why it refused them",
  ],
  mandate_gone: () => [
    "The Direct Debit has ended, and monthly fees are still to be collected.",
    "Ask the parent to set it up again",
  ],
  behind: ({ behind_pence, months_missed }) => [
    months_missed === 1
      ? `A monthly fee of ${pounds(behind_pence)} is missing.`
      : `${months_missed} monthly fees are missing, ${pounds(behind_pence)} in all.`,
    "Call the parent",
  ],
  suspended: () => ["The child is suspended, because the fee was not paid after the last reminder.", "Call the parent"],
};
