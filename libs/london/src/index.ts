const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const clockFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

const dayFormat = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/London",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

const timeFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  dateStyle: "medium",
  timeStyle: "medium",
});

/** Local time in London, as if it were UTC: for arithmetic on days and hours. */
const wallOf = (instantMs: number): number => {
  const parts = Object.fromEntries(
    clockFormat.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instantMs % 1_000) + 1_000) % 1_000);
};

/** The instant of a local time in London. A time in the hour that spring skips becomes an hour later. */
const instantOf = (wallMs: number): Date => {
  const offset = (instantMs: number) => wallOf(instantMs) - instantMs;
  // First the offset before a change, then the one in force at the resulting instant.
  const first = wallMs - offset(wallMs - HOUR_MS);
  const second = wallMs - offset(wallMs);
  return new Date(wallOf(first) !== wallMs && wallOf(second) === wallMs ? second : first);
};

/** The calendar day in London, such as `2026-03-29`. */
export const londonDay = (at: Date | string): string => dayFormat.format(new Date(at));

/** The hour in London, 0 to 23. */
export const londonHour = (at: Date): number => new Date(wallOf(at.getTime())).getUTCHours();

/** The instant of an hour in London on a day such as `2026-03-29`. Hour 24 is the next midnight. */
export const londonInstant = (day: string, hour: number): Date =>
  instantOf(Date.parse(`${day}T00:00:00Z`) + hour * HOUR_MS);

/** Whether the text is a day of the calendar such as `2026-07-01`. `Date.parse` takes 30 February for 2 March. */
export const isDay = (text: string): boolean => {
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : Number.NaN);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};

/**
 * The instant of a local time in London such as `2026-07-01T16:30` or `2026-07-01T16:30:05`; undefined when it is malformed or its
 * day does not exist.
 */
export const londonClock = (text: string): Date | undefined => {
  const isTime = /^[\d-]{10}T\d{2}:\d{2}(:\d{2})?$/.test(text) && isDay(text.slice(0, 10));
  const wallMs = isTime ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(wallMs) ? undefined : instantOf(wallMs);
};

/** The start of a day in London. The day is given as an instant, or as `2026-07-01`. */
export const londonMidnight = (of: Date | string): Date =>
  londonInstant(typeof of === "string" ? of : londonDay(of), 0);

/** The start of the next day in London. */
export const nextLondonDay = (at: Date): Date => londonInstant(londonDay(at), 24);

/** The same local time in London, some days later. */
export const addLondonDays = (at: Date, days: number): Date => instantOf(wallOf(at.getTime()) + days * DAY_MS);

/** `22 Nov 2026, 11:16:26` */
export const londonTime = (at: Date | string): string => timeFormat.format(new Date(at));

const MORNING_HOUR = 8;
const NIGHT_HOUR = 21;

/** The end of the quiet hours (21:00 to 08:00 in London) that `at` is in; undefined outside quiet hours. */
export const quietUntil = (at: Date): Date | undefined => {
  const hour = londonHour(at);
  if (hour >= MORNING_HOUR && hour < NIGHT_HOUR) return undefined;
  return londonInstant(londonDay(at), hour < MORNING_HOUR ? MORNING_HOUR : 24 + MORNING_HOUR);
};
