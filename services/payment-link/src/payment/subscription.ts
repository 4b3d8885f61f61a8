import { collectionsBetween, type Day, dayOfMonth, daysLater, NOTICE_DAYS, usualSeason } from "@touchline/contracts";

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
  readonly registered: Day;
  /** 1–31, or -1. */
  readonly preferredDay: number;
  readonly season: Season;
  /** The earliest day on which the mandate can be charged. */
  readonly nextPossibleChargeDate?: Day | undefined;
  /** Until then, another subscription collects. */
  readonly from?: Day | undefined;
}

/** The collections of a season, or undefined when there is no day left in it. */
export const planSubscription = (facts: PlanFacts): SubscriptionPlan | undefined => {
  const dates = collectionDays(facts);
  const [startDate] = dates;
  return startDate ? { dayOfMonth: dayOfMonth(facts.preferredDay), startDate, payments: dates.length } : undefined;
};

/** The days of all collections that are left in a season. */
export const collectionDays = (facts: PlanFacts): readonly Day[] => {
  const { today, registered, season, nextPossibleChargeDate = "", from = "" } = facts;
  // A family that registered in time pays from the season's start, also when the payment or the bank has taken until then.
  const inTime = today < season.start || (registered < season.start && nextPossibleChargeDate > today);
  const notice = inTime ? season.start : daysLater(today, NOTICE_DAYS);
  const earliest = [season.start, notice, nextPossibleChargeDate, from].sort().at(-1) ?? notice;
  return collectionsBetween(earliest, season.end, dayOfMonth(facts.preferredDay));
};

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
  const own = usualSeason(code);
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

/**
 * Whether a season lasts of which the configuration does not know yet: SEASON_END is that of the season before. Nothing is
 * collected until somebody changes it. An outdated code means the season of the registration's day.
 */
export const awaitsConfiguration = (facts: SeasonFacts): boolean => {
  const { registered, today } = facts;
  const code = registered <= usualSeason(facts.code).end ? facts.code : codeOn(registered);
  const begun = seasonOf({ ...facts, code }).start <= today;
  return begun && today <= usualSeason(code).end && seasonOf(facts).end < today;
};

/** Of the season that lasts, or comes next: `2627`. */
const codeOn = (day: Day): string => {
  const end = yearOf(usualEnd(day));
  return `${end - 1}`.slice(2) + `${end}`.slice(2);
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
  return same.endsWith("-02-29") && daysLater(same, 0) !== same ? `${same.slice(0, 8)}28` : same;
};
