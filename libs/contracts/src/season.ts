import type { Day } from "./collection-days.ts";

/** The usual days of a season: `2526` runs from September 2025 to May 2026. A club may configure other days for the current season. */
export const usualSeason = (code: string): { readonly start: Day; readonly end: Day } => ({
  start: `20${code.slice(0, 2)}-09-01`,
  end: `20${code.slice(2, 4)}-05-31`,
});
