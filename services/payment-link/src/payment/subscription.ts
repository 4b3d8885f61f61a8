import {
  collectionsBetween,
  type Day,
  dayOfMonth,
  daysLater,
  NOTICE_DAYS,
  seasonOn,
  usualSeason,
} from "@touchline/contracts";

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
  /** Another subscription collects until then. */
  readonly from?: Day | undefined;
}

/** The season's collections; undefined if it has no day left. */
export const planSubscription = (facts: PlanFacts): SubscriptionPlan | undefined => {
  const dates = collectionDays(facts);
  const [startDate] = dates;
  return startDate ? { dayOfMonth: dayOfMonth(facts.preferredDay), startDate, payments: dates.length } : undefined;
};

/** The collection days left in a season. */
export const collectionDays = (facts: PlanFacts): readonly Day[] => {
  const { today, registered, season, nextPossibleChargeDate = "", from = "" } = facts;
  // A family that registered in time pays from the season's start, even if its payment or bank took until then.
  const inTime = today < season.start || (registered < season.start && nextPossibleChargeDate > today);
  const notice = inTime ? season.start : daysLater(today, NOTICE_DAYS);
  const earliest = [season.start, notice, nextPossibleChargeDate, from].sort().at(-1) ?? notice;
  return collectionsBetween(earliest, season.end, dayOfMonth(facts.preferredDay));
};

export interface SeasonFacts {
  /** The registration's season code, such as `2526`. */
  readonly code: string;
  readonly registered: Day;
  readonly today: Day;
  readonly configured: Partial<Season>;
}

/**
 * When a family's monthly fees are collected. Season `2526` runs from September 2025 to May 2026.
 *
 * | the season of the code | its days |
 * |---|---|
 * | is the configured one | the configured days |
 * | comes later and has not begun | the configured days, in its own years |
 * | comes later and has begun | the configured days: nothing is collected after SEASON_END until somebody changes it |
 * | has passed | its own days: nothing is collected until the family registers again |
 * | had passed at registration | the configured days: the code was out of date |
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
  if (own.end <= start) return registered <= own.end ? own : { start, end };
  return { ...own, ...configured };
};

/**
 * Whether the family's season has begun but SEASON_END is still last season's. Nothing is collected until it is changed. If the
 * code is out of date, the season of the registration day counts.
 */
export const awaitsConfiguration = (facts: SeasonFacts): boolean => {
  const { registered, today } = facts;
  const code = registered <= usualSeason(facts.code).end ? facts.code : seasonOn(registered);
  const begun = seasonOf({ ...facts, code }).start <= today;
  return begun && today <= usualSeason(code).end && seasonOf(facts).end < today;
};

/** If only its end is configured, a season begins on the last 1 September before it. */
const usualStart = (end: Day): Day => {
  const start = `${yearOf(end)}-09-01`;
  return start < end ? start : yearsOn(start, -1);
};

/** The first 31 May after its start. */
const usualEnd = (start: Day): Day => {
  const end = `${yearOf(start)}-05-31`;
  return end > start ? end : yearsOn(end, 1);
};

const yearOf = (day: Day): number => Number(day.slice(0, 4));

/** The same day of another year; 28 February if that year has no 29th. */
const yearsOn = (day: Day, years: number): Day => {
  const same = `${yearOf(day) + years}${day.slice(4)}`;
  return same.endsWith("-02-29") && daysLater(same, 0) !== same ? `${same.slice(0, 8)}28` : same;
};
