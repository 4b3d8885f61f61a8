import type { Day } from "./collection-days.ts";

/** The usual days of a season: `2526` runs from September 2025 to May 2026. A club may configure other days for the current season. */
export const usualSeason = (code: string): { readonly start: Day; readonly end: Day } => ({
  start: `20${code.slice(0, 2)}-09-01`,
  end: `20${code.slice(2, 4)}-05-31`,
});

/** The code of the season that is running on a day; in June, July and August of the next one, for which children register then. */
export const seasonOn = (day: Day): string => {
  const [year = 0, month = 0] = day.split("-").map(Number);
  const start = month >= 6 ? year : year - 1;
  return [start, start + 1].map((one) => String(one % 100).padStart(2, "0")).join("");
};
