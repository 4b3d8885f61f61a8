/** A calendar day, `2026-09-01`; these strings sort by date. */
export type Day = string;

/** A family that pays during a season has at least this many days before the first collection. */
export const NOTICE_DAYS = 5;

/** Not every month has a 29th: from 29 on, the day is the last of the month. */
export const dayOfMonth = (preferredDay: number): number =>
  preferredDay >= 1 && preferredDay <= 28 ? preferredDay : -1;

/** One collection a month between two days, both included. `day`: 1–28, or -1 for the last of the month. */
export const collectionsBetween = (from: Day, to: Day, day: number): Day[] => {
  const found: Day[] = [];
  const [firstYear = 0, firstMonth = 0] = from.split("-").map(Number);
  for (let month = firstMonth - 1; ; month++) {
    const date = inMonth(firstYear, month, day);
    if (date > to) return found;
    if (date >= from) found.push(date);
  }
};

/** The month that a charge collects for, `2026-10`. A charge waits for a working day, which may be in the next month. */
export const monthOfCharge = (charged: Day, day: number): string => {
  const [year = 0, month = 0] = charged.split("-").map(Number);
  const due = inMonth(year, month - 1, day);
  return (due <= charged ? due : inMonth(year, month - 2, day)).slice(0, 7);
};

export const daysLater = (day: Day, days: number): Day =>
  dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000));

/** `month` counts from 0 and may run past December. Day 0 of the next month is the last of this one. */
const inMonth = (year: number, month: number, day: number): Day =>
  dayOf(new Date(day === -1 ? Date.UTC(year, month + 1, 0) : Date.UTC(year, month, day)));

const dayOf = (date: Date): Day => date.toISOString().slice(0, 10);
