/** `£45`, `£27.50` */
export const pounds = (pence: number): string =>
  `£${pence % 100 === 0 ? String(pence / 100) : (pence / 100).toFixed(2)}`;

const time = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  dateStyle: "medium",
  timeStyle: "medium",
});

/** As the club's clocks show it: `22 Nov 2026, 11:16:26`. */
export const londonTime = (instant: Date | string): string => time.format(new Date(instant));

const day = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/London",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** The club's day: `2026-11-22`. */
export const londonDay = (instant: Date | string): string => day.format(new Date(instant));

const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", hourCycle: "h23" });

/** When a day of the club's begins: the day of an instant, or one written as `2026-07-01`. */
export const londonMidnight = (of: Date | string): Date => {
  const midnight = new Date(`${typeof of === "string" ? of : londonDay(of)}T00:00:00Z`);
  // In summer the club's clocks are an hour ahead, and no change of the clocks comes at midnight.
  return new Date(midnight.getTime() - Number(hour.format(midnight)) * 3_600_000);
};

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
