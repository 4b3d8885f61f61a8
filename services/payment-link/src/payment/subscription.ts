/** A calendar day, `2026-09-01`; such strings sort by time. */
export type Day = string;

export interface Season {
  readonly start: Day;
  readonly end: Day;
}

export interface SubscriptionPlan {
  /** What GoCardless takes: 1–28, or -1 for the last day of the month. */
  readonly dayOfMonth: number;
  /** The first collection. */
  readonly startDate: Day;
  /** How many collections until the season ends. */
  readonly payments: number;
}

export interface PlanFacts {
  readonly today: Day;
  /** 1–31, or -1. */
  readonly preferredDay: number;
  readonly season: Season;
  /** The earliest day on which the mandate can be charged. */
  readonly nextPossibleChargeDate?: Day | undefined;
}

/** During a season a family gets at least this many days between registering and the first collection. */
const NOTICE_DAYS = 5;

/** GoCardless knows no 29th: from there on it is the last day of the month. */
export const dayOfMonth = (preferredDay: number): number =>
  preferredDay >= 1 && preferredDay <= 28 ? preferredDay : -1;

/** The collections of a season, or undefined when there is no day left in it. */
export const planSubscription = (facts: PlanFacts): SubscriptionPlan | undefined => {
  const { today, season, nextPossibleChargeDate = "" } = facts;
  const notice = today < season.start ? season.start : addDays(today, NOTICE_DAYS);
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

/** `2526` plays from September 2025 to May 2026, unless the configuration says otherwise. */
export const seasonOf = (code: string, configured: Partial<Season>): Season => ({
  start: configured.start ?? `20${code.slice(0, 2)}-09-01`,
  end: configured.end ?? `20${code.slice(2, 4)}-05-31`,
});
