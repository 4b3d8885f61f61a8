/** A calendar day, `2026-09-01`; such strings sort by time. */
export type Day = string;

export interface Season {
  readonly start: Day;
  readonly end: Day;
}

export interface SubscriptionPlan {
  /** 1–28, or -1 for the last day of the month. */
  readonly dayOfMonth: number;
  /** The first collection. */
  readonly startDate: Day;
  /** How many collections until the season ends. */
  readonly payments: number;
}

export interface PlanFacts {
  readonly today: Day;
  /** When the fee was paid, which completes the registration. */
  readonly paid: Day;
  /** 1–31, or -1. */
  readonly preferredDay: number;
  readonly season: Season;
  /** The earliest day on which the mandate can be charged. */
  readonly nextPossibleChargeDate?: Day | undefined;
}

/** A family that registers during a season has at least this many days until the first collection. */
const NOTICE_DAYS = 5;

/** Not every month has a 29th: from there on it is the last day of the month. */
export const dayOfMonth = (preferredDay: number): number =>
  preferredDay >= 1 && preferredDay <= 28 ? preferredDay : -1;

/** The collections of a season, or undefined when there is no day left in it. */
export const planSubscription = (facts: PlanFacts): SubscriptionPlan | undefined => {
  const { today, paid, season, nextPossibleChargeDate = "" } = facts;
  // A family that was in time pays from the season's start, also when the bank has taken until then to accept the mandate.
  const inTime = today < season.start || (paid < season.start && nextPossibleChargeDate > today);
  const notice = inTime ? season.start : addDays(today, NOTICE_DAYS);
  const earliest = [season.start, notice, nextPossibleChargeDate].sort().at(-1) ?? notice;
  const day = dayOfMonth(facts.preferredDay);
  const dates = collections(earliest, season.end, day);
  const [startDate] = dates;
  return startDate ? { dayOfMonth: day, startDate, payments: dates.length } : undefined;
};

const collections = (from: Day, to: Day, day: number): Day[] => {
  const found: Day[] = [];
  const [firstYear = 0, firstMonth = 0] = from.split("-").map(Number);
  for (let month = firstMonth - 1; ; month++) {
    const date = inMonth(firstYear, month, day);
    if (date > to) return found;
    if (date >= from) found.push(date);
  }
};

/** `month` counts from 0 and may run past the year. Day 0 of the next month is the last of this one. */
const inMonth = (year: number, month: number, day: number): Day =>
  dayOf(new Date(day === -1 ? Date.UTC(year, month + 1, 0) : Date.UTC(year, month, day)));

const addDays = (day: Day, days: number): Day => dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000));

const dayOf = (date: Date): Day => date.toISOString().slice(0, 10);

export interface SeasonFacts {
  /** Of the registration, `2526`. */
  readonly code: string;
  readonly registered: Day;
  readonly today: Day;
  readonly configured: Partial<Season>;
}

/**
 * When a family's monthly fees are collected. `2526` plays from September 2025 to May 2026; what is configured is about the season
 * that it falls into. Another season that has not begun has the same days in its own years, so that who registers early is
 * not charged for the season before, nor forgotten. One that has begun waits for its configuration: after SEASON_END nothing is taken.
 */
export const seasonOf = ({ code, registered, today, configured }: SeasonFacts): Season => {
  const own = { start: `20${code.slice(0, 2)}-09-01`, end: `20${code.slice(2, 4)}-05-31` };
  const { start = configured.end && usualStart(configured.end), end = start && usualEnd(start) } = configured;
  if (!start || !end) return own;
  if (own.start >= end) {
    const years = yearOf(own.start) - yearOf(start);
    const coming = {
      start: configured.start ? yearsOn(configured.start, years) : own.start,
      end: configured.end ? yearsOn(configured.end, years) : own.end,
    };
    if (today < coming.start) return coming;
  }
  // Who registered for a season that is over is not charged in another one: for that they register again. A code that was out
  // of date already says nothing.
  if (own.end <= start) return registered <= own.end ? own : { start, end };
  return { ...own, ...configured };
};

/** Where only one of its days is configured, a season begins on the last 1st of September before its end. */
const usualStart = (end: Day): Day => {
  const start = `${yearOf(end)}-09-01`;
  return start < end ? start : yearsOn(start, -1);
};

/** The first 31st of May after its start. */
const usualEnd = (start: Day): Day => {
  const end = `${yearOf(start)}-05-31`;
  return end > start ? end : yearsOn(end, 1);
};

const yearOf = (day: Day): number => Number(day.slice(0, 4));

/** The same day of another year; of a year without the 29th of February, the 28th. */
const yearsOn = (day: Day, years: number): Day => {
  const same = `${yearOf(day) + years}${day.slice(4)}`;
  return same.endsWith("-02-29") && dayOf(new Date(`${same}T00:00:00Z`)) !== same ? `${same.slice(0, 8)}28` : same;
};
