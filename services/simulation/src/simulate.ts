import { takeOverProcess } from "./machine/machine.ts";
import { playSeason, type Season } from "./season/run.ts";
import { shrink } from "./season/shrink.ts";
import { type FaultKind, faultKinds } from "./world/faults.ts";
import { route } from "./world/settings.ts";

export interface Wanted {
  /** Shows everything that happens. */
  readonly seed?: string | undefined;
  /** From and to, as `1..100`. */
  readonly seeds?: string | undefined;
  readonly families: string;
  /** Places of families, from 1, separated by commas. */
  readonly only?: string | undefined;
  /** A failure is not shrunk. */
  readonly whole?: boolean | undefined;
  /** Kinds of faults, separated by commas. */
  readonly without?: string | undefined;
}

type Print = (line: string) => void;

/**
 * Resolves with the exit code: 1 at the first violation. It says what went wrong, the least that makes it go wrong, and how to see it
 * again.
 */
export const simulate = async (wanted: Wanted, print: Print): Promise<number> => {
  const realMs = performance.now.bind(performance);
  const begin = takeOverProcess(route);
  const play = (season: Season) => playSeason(begin, season);
  const startedMs = realMs();
  const [from, to] = rangeOf(wanted);
  for (let seed = from; seed <= to; seed++) {
    const season = seasonOf(wanted, seed);
    const outcome = await play(season);
    if (wanted.seed) print(outcome.lines.join("\n"));
    print(`seed ${seed}: ${outcome.violations.length} violations, ${outcome.lines.length} lines, ${outcome.digest}`);
    if (outcome.violations.length === 0) continue;
    for (const violation of outcome.violations) print(`  ${violation}`);
    if (!wanted.seed) {
      const least = wanted.whole ? { season, outcome } : await shrink(season, outcome.violations, play);
      print(least.outcome.lines.join("\n"));
      print(`Again: npm run simulate -- ${commandOf(least.season)}`);
    }
    return 1;
  }
  const seconds = (realMs() - startedMs) / 1_000;
  print(`${to - from + 1} seeds of ten days without a violation in ${seconds.toFixed(1)} s`);
  return 0;
};

const commandOf = ({ seed, families, only, without }: Season): string =>
  [
    `--seed ${seed}`,
    `--families ${families}`,
    ...(only ? [`--only ${only.map((index) => index + 1).join(",")}`] : []),
    ...(without.size > 0 ? [`--without ${[...without].join(",")}`] : []),
  ].join(" ");

const rangeOf = ({ seed, seeds = "1..10" }: Wanted): readonly [number, number] => {
  const [from, to] = (seed ?? seeds).split("..").map(Number);
  if (!Number.isInteger(from) || (to !== undefined && !Number.isInteger(to)))
    throw new Error("--seed is a number, and --seeds two of them, as in 1..100.");
  return [from as number, to ?? (from as number)];
};

const seasonOf = ({ families, only, without }: Wanted, seed: number): Season => {
  const kinds = without?.split(",") ?? [];
  const unknown = kinds.filter((kind) => !(faultKinds as readonly string[]).includes(kind));
  if (unknown.length > 0) throw new Error(`--without takes ${faultKinds.join(", ")}, not ${unknown.join(", ")}.`);
  return {
    seed,
    families: Number(families),
    only: only?.split(",").map((place) => Number(place) - 1),
    without: new Set(kinds as FaultKind[]),
  };
};
