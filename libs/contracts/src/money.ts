import { type Day, dayOfMonth, daysLater } from "./collection-days.ts";

/** `£45`, `£27.50` */
export const pounds = (pence: number): string =>
  `£${pence % 100 === 0 ? String(pence / 100) : (pence / 100).toFixed(2)}`;

const sterling = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });

/** To the penny, as in accounts: `£0.00` */
export const poundsAndPence = (pence: number): string => sterling.format(pence / 100);

export interface MonthlyFee {
  readonly pence: number;
  /** The first and last collection, `2026-09-01`; `from` is absent once the first is over. */
  readonly from?: string | undefined;
  readonly until: string;
}

/** A bank has accepted a mandate by then. */
const BANK_DAYS = 14;

/** Without its first day if a mandate that is set up on `day` may come too late for it: then the first month is the next one. */
export const withSureStart = (monthly: MonthlyFee, day: Day): MonthlyFee =>
  monthly.from !== undefined && monthly.from < daysLater(day, BANK_DAYS) ? { ...monthly, from: undefined } : monthly;

/** For parents: `£27.50 a month from 1 September to 1 May by Direct Debit` */
export const monthlyFeeWords = ({ pence, from, until }: MonthlyFee): string => {
  if (from === until) return `${pounds(pence)} on ${dayWords(until)} by Direct Debit`;
  const days = from === undefined ? `until ${dayWords(until)}` : `from ${dayWords(from)} to ${dayWords(until)}`;
  return `${pounds(pence)} a month ${days} by Direct Debit`;
};

/** `£45 once, then £27.50 a month …`; empty when there is nothing to pay. */
export const feeWords = (feePence: number, monthly: MonthlyFee | undefined): string =>
  [feePence > 0 && `${pounds(feePence)} once`, monthly && monthlyFeeWords(monthly)].filter(Boolean).join(", then ");

/** `the 15th`, or `the last day of the month` from the 29th on. */
export const paymentDayWords = (preferredDay: number): string => {
  const day = dayOfMonth(preferredDay);
  if (day === -1) return "the last day of the month";
  const suffix = { 1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd" }[day] ?? "th";
  return `the ${day}${suffix}`;
};

interface MonthlyTerms {
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
}

/** `£20 a month on the 15th`; `no monthly fee` */
export const termsWords = ({ monthlyFeePence, preferredPaymentDay }: MonthlyTerms): string =>
  monthlyFeePence === 0
    ? "no monthly fee"
    : `${pounds(monthlyFeePence)} a month on ${paymentDayWords(preferredPaymentDay)}`;

const months = "January February March April May June July August September October November December".split(" ");

const dayWords = (day: string): string => `${Number(day.slice(8))} ${months[Number(day.slice(5, 7)) - 1]}`;
