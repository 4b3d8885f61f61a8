import { months } from "./requests.ts";
import type { Mandate, Subscription } from "./resources.ts";

/** Dates here are calendar days, as `YYYY-MM-DD`, which compare as text. */
export const toDay = (at: Date): string => at.toISOString().slice(0, 10);

const DAY_MS = 86_400_000;

export const addDays = (day: string, days: number): string => toDay(new Date(Date.parse(day) + days * DAY_MS));

const isWeekend = (day: string): boolean => [0, 6].includes(new Date(day).getUTCDay());

export const addWorkingDays = (day: string, count: number): string => {
  let result = day;
  for (let left = count; left > 0; ) {
    result = addDays(result, 1);
    if (!isWeekend(result)) left -= 1;
  }
  return result;
};

/** Bacs takes five working days from a new mandate to its first charge. Bank holidays are left out. */
const BACS_LEAD_DAYS = 5;
export const nextPossibleChargeDate = (today: string): string => addWorkingDays(today, BACS_LEAD_DAYS);

/** The stored date, or a later one when the mandate is older than its lead time. */
export const earliestCharge = ({ created_at }: Pick<Mandate, "created_at">, now: Date): string => {
  const bySubmission = nextPossibleChargeDate(toDay(new Date(created_at)));
  const today = toDay(now);
  return bySubmission > today ? bySubmission : nextPossibleChargeDate(today);
};

const monthDay = (year: number, month: number, dayOfMonth: number): string => {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = dayOfMonth === -1 ? last : Math.min(dayOfMonth, last);
  return toDay(new Date(Date.UTC(year, month, day)));
};

type Recurrence = Pick<
  Subscription,
  "start_date" | "end_date" | "interval" | "interval_unit" | "day_of_month" | "month" | "count"
>;

const nth = (rule: Recurrence, index: number): string => {
  const start = new Date(rule.start_date);
  if (rule.interval_unit === "weekly") return addDays(rule.start_date, 7 * rule.interval * index);
  const step = rule.interval * (rule.interval_unit === "yearly" ? 12 : 1) * index;
  const named = rule.month === null ? -1 : (months as readonly string[]).indexOf(rule.month);
  const month = named === -1 ? start.getUTCMonth() : named;
  return monthDay(start.getUTCFullYear(), month + step, rule.day_of_month ?? start.getUTCDate());
};

/** How many charge dates GoCardless shows. */
const SHOWN = 10;

/** What was charged already: how often, and the last day. */
export type Charged = { readonly times: number; readonly last: string };

/** The next charge dates, at most as many as are shown, none before the start, none on or after the end date, and `count` of them in all. */
export const chargeDates = (rule: Recurrence, charged?: Charged, most = SHOWN): string[] => {
  const dates: string[] = [];
  const left = rule.count === null ? most : rule.count - (charged?.times ?? 0);
  for (let index = 0; dates.length < Math.min(left, most); index += 1) {
    const day = nth(rule, index);
    if (rule.end_date !== null && day >= rule.end_date) break;
    if (day >= rule.start_date && day > (charged?.last ?? "")) dates.push(day);
  }
  return dates;
};
