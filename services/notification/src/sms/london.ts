const LONDON = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** What clocks in London show, as if it were UTC: for arithmetic on days and hours. */
const wallOf = (instantMs: number): number => {
  const parts = Object.fromEntries(LONDON.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instantMs % 1_000) + 1_000) % 1_000);
};

/** The instant at which clocks in London show this; within the hour that the spring leaves out, an hour later. */
const instantOf = (wallMs: number): number => {
  const offset = (instantMs: number) => wallOf(instantMs) - instantMs;
  // The offset before the change, then the one that holds where that leads.
  const first = wallMs - offset(wallMs - 3_600_000);
  const second = wallMs - offset(wallMs);
  return wallOf(first) !== wallMs && wallOf(second) === wallMs ? second : first;
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MORNING_HOUR = 8;
const NIGHT_HOUR = 21;

const startOfDay = (wallMs: number): number => Math.floor(wallMs / DAY_MS) * DAY_MS;

/** The calendar day in London, such as `2026-03-29`. */
export const londonDay = (at: Date): string => new Date(wallOf(at.getTime())).toISOString().slice(0, 10);

/** When that day began in London. */
export const londonDayStart = (at: Date): Date => new Date(instantOf(startOfDay(wallOf(at.getTime()))));

/** When the next day begins in London. */
export const nextLondonDay = (at: Date): Date => new Date(instantOf(startOfDay(wallOf(at.getTime())) + DAY_MS));

/** The same time by London's clocks, days later. */
export const addLondonDays = (at: Date, days: number): Date =>
  new Date(instantOf(wallOf(at.getTime()) + days * DAY_MS));

/** When quiet hours (21:00 to 08:00 in London) that hold at `at` end; undefined when they do not hold. */
export const quietUntil = (at: Date): Date | undefined => {
  const wall = wallOf(at.getTime());
  const hour = Math.floor((wall - startOfDay(wall)) / HOUR_MS);
  if (hour >= MORNING_HOUR && hour < NIGHT_HOUR) return undefined;
  const morning = startOfDay(wall) + MORNING_HOUR * HOUR_MS + (hour >= NIGHT_HOUR ? DAY_MS : 0);
  return new Date(instantOf(morning));
};
