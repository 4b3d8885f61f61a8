import { takeOverProcess } from "./machine/machine.ts";
import { createCoverage } from "./season/coverage.ts";
import { type Outcome, playSeason, type Season } from "./season/run.ts";
import { type Least, shrink } from "./season/shrink.ts";
import { tenDays, wholeSeason } from "./season/span.ts";
import { type FaultKind, faultKinds } from "./world/faults.ts";
import { route } from "./world/settings.ts";

export interface Wanted {
  /** Shows everything that happens. */
  readonly seed?: string | undefined;
  /** From and to, as `1..100`. */
  readonly seeds?: string | undefined;
  readonly families?: string | undefined;
  /** From July to May, instead of ten days. */
  readonly season?: boolean | undefined;
  /** Places of families, from 1, separated by commas. */
  readonly only?: string | undefined;
  /** A failure is not shrunk. */
  readonly whole?: boolean | undefined;
  /** Keeps going with fresh seeds for this many hours of real time. */
  readonly hours?: string | undefined;
  /** A violation does not end the run. */
  readonly "keep-going"?: boolean | undefined;
  /** Kinds of faults, separated by commas. */
  readonly without?: string | undefined;
}

type Print = (line: string) => void;

const YEAR_DAYS = 365.25;
const FAMILIES_MAX = 400;

/**
 * Resolves with the exit code: 1 if anything was violated. It says what went wrong, the least that makes it go wrong, and how to see it
 * again.
 */
export const simulate = async (wanted: Wanted, print: Print): Promise<number> => {
  const realMs = performance.now.bind(performance);
  // Before the process is taken over: fresh seeds come from the real clock.
  const [from, to] = rangeOf(wanted);
  const begin = takeOverProcess(route);
  const coverage = createCoverage();
  const startedMs = realMs();
  const play = (season: Season) => playSeason(begin, season);
  const endMs = startedMs + hoursOf(wanted) * 3_600_000;
  const keepsGoing = wanted["keep-going"] === true;
  let seeds = 0;
  let failed = 0;
  for (let seed = from; seed <= to && realMs() < endMs; seed++) {
    const season = seasonOf(wanted, seed);
    const outcome = await playSeason(begin, season, wanted.hours ? coverage.count : undefined);
    seeds++;
    if (wanted.seed) print(outcome.lines.join("\n"));
    print(`seed ${seed}: ${outcome.violations.length} violations, ${outcome.lines.length} lines, ${outcome.digest}`);
    if (outcome.violations.length === 0) continue;
    failed++;
    await report(wanted, { season, outcome }, play, print);
    if (!keepsGoing) break;
  }
  const seconds = (realMs() - startedMs) / 1_000;
  if (wanted.hours) for (const line of coverage.lines()) print(line);
  const years = ((seeds * spanOf(wanted).days) / YEAR_DAYS).toFixed(1);
  if (wanted.hours || keepsGoing) print(`${seeds} seeds, ${years} simulated years, ${failed} with a violation`);
  if (failed > 0) return 1;
  print(`${seeds} seeds of ${spanOf(wanted).days} days without a violation in ${seconds.toFixed(1)} s`);
  return 0;
};

/** What is violated and, unless all of it was shown already, the least that makes it go wrong. */
const report = async (
  wanted: Wanted,
  whole: Least,
  play: (season: Season) => Promise<Outcome>,
  print: Print,
): Promise<void> => {
  for (const violation of whole.outcome.violations) print(`  ${violation}`);
  if (wanted.seed) return;
  const least = wanted.whole ? whole : await shrink(whole.season, whole.outcome.violations, play);
  print(least.outcome.lines.join("\n"));
  print(`Again: npm run simulate -- ${commandOf(least.season)}`);
};

const hoursOf = ({ hours }: Wanted): number => {
  if (hours === undefined) return Number.POSITIVE_INFINITY;
  const number = Number(hours);
  if (!(number > 0)) throw new Error("--hours is a number above 0, as in 1 or 0.5.");
  return number;
};

const spanOf = ({ season }: Wanted) => (season ? wholeSeason : tenDays);

const commandOf = ({ seed, span, families, only, without }: Season): string =>
  [
    ...(span === wholeSeason ? ["--season"] : []),
    `--seed ${seed}`,
    `--families ${families}`,
    ...(only ? [`--only ${only.map((index) => index + 1).join(",")}`] : []),
    ...(without.size > 0 ? [`--without ${[...without].join(",")}`] : []),
  ].join(" ");

const rangeOf = ({ seed, seeds, hours }: Wanted): readonly [number, number] => {
  const given = seed ?? seeds;
  // Fresh ones: a run that begins at 1 each time would only see the same again.
  if (hours !== undefined && given === undefined) return [Math.floor(Date.now() / 1_000), Number.MAX_SAFE_INTEGER];
  const [from, to] = (given ?? "1..10").split("..").map(Number);
  if (!Number.isInteger(from) || (to !== undefined && !Number.isInteger(to)))
    throw new Error("--seed is a number, and --seeds two of them, as in 1..100.");
  if (to !== undefined && to < (from as number))
    throw new Error("--seeds begins with the smaller number, as in 1..100.");
  return [from as number, to ?? (from as number)];
};

const seasonOf = (wanted: Wanted, seed: number): Season => {
  const { season, families = season ? "200" : "5", only, without } = wanted;
  const kinds = without?.split(",") ?? [];
  const unknown = kinds.filter((kind) => !(faultKinds as readonly string[]).includes(kind));
  // Each family has a number of the range for fiction, and may get another.
  if (!(Number(families) >= 1 && Number(families) <= FAMILIES_MAX))
    throw new Error(`--families is a number from 1 to ${FAMILIES_MAX}.`);
  if (unknown.length > 0) throw new Error(`--without takes ${faultKinds.join(", ")}, not ${unknown.join(", ")}.`);
  const places = only?.split(",").map(Number);
  if (places && !places.every((place) => Number.isInteger(place) && place >= 1 && place <= Number(families)))
    throw new Error(`--only takes numbers of families, from 1 to ${families}.`);
  return {
    seed,
    span: spanOf(wanted),
    families: Number(families),
    only: places?.map((place) => place - 1),
    without: new Set(kinds as FaultKind[]),
  };
};
