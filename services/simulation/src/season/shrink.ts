import { faultKinds } from "../world/faults.ts";
import type { Outcome, Season } from "./run.ts";

export interface Least {
  readonly season: Season;
  readonly outcome: Outcome;
}

const nameOf = (violation: string): string => violation.split(":", 1)[0] ?? "";

/** Leaves out families and kinds of faults, one after the other, for as long as the same invariant is violated. */
export const shrink = async (
  season: Season,
  violations: readonly string[],
  play: (season: Season) => Promise<Outcome>,
): Promise<Least> => {
  const names = new Set(violations.map(nameOf));
  let least: Least = { season, outcome: await play(season) };
  const attempt = async (smaller: Season) => {
    const outcome = await play(smaller);
    if (outcome.violations.some((violation) => names.has(nameOf(violation)))) least = { season: smaller, outcome };
  };
  for (const kind of faultKinds)
    if (!least.season.without.has(kind))
      await attempt({ ...least.season, without: new Set([...least.season.without, kind]) });
  const all = season.only ?? Array.from({ length: season.families }, (_, index) => index);
  for (const index of all) {
    const only = (least.season.only ?? all).filter((other) => other !== index);
    if (only.length > 0) await attempt({ ...least.season, only });
  }
  return least;
};
