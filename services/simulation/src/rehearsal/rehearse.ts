import { readFileSync, writeFileSync } from "node:fs";
import { FlagError } from "./flag-error.ts";
import { help, readFlags, type Wanted } from "./flags.ts";
import { drawLives, type Life } from "./life.ts";
import { livesIn } from "./log.ts";
import { pageOf } from "./page.ts";
import { play } from "./play.ts";
import { DEFAULT_URL } from "./settings.ts";
import { type Comparison, compare, tallyOf } from "./tally.ts";
import { terminalLines } from "./terminal.ts";

type Print = (line: string) => void;

/** Plays what the command line asks for, and prints it. Returns the exit code: 2 when a flag is wrong. */
export const rehearse = (args: readonly string[], env: NodeJS.ProcessEnv, now: Date, print: Print): number => {
  try {
    const wanted = readFlags(args, env, now);
    if (!wanted) {
      print(help);
      return 0;
    }
    const lives = livesOf(wanted);
    const comparison = comparisonOf(wanted, lives);
    const notes = notesOf(wanted, lives.length);
    for (const line of [...notes, "", ...terminalLines(comparison)]) print(line);
    if (wanted.html) write(wanted.html, pageOf(comparison, notes), print);
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    print(error.message);
    return 2;
  }
};

export const livesOf = ({ log, seed, families, season, shares }: Wanted): Life[] => {
  if (log === undefined) return drawLives(seed, families, season, shares);
  let text: string;
  try {
    text = readFileSync(log, "utf8");
  } catch (error) {
    throw new FlagError("--log", `the file cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  return livesIn(text, season);
};

export const comparisonOf = ({ today, next, season }: Wanted, lives: readonly Life[]): Comparison => {
  const [before, after] = [today, next].map((rules) =>
    tallyOf(play(lives, rules, season), rules.notification.pricePerSegmentPence),
  );
  if (!before || !after) throw new Error("One of the two sets of settings was not played.");
  return compare(before, after, season.year);
};

/** What was rehearsed, and on what assumptions. */
const notesOf = ({ changes, season, seed, log, next }: Wanted, families: number): string[] => {
  const price = next.notification.pricePerSegmentPence;
  return [
    `Season ${season.year}/${(season.year + 1) % 100}, 1 July to 31 May: ${families} families, ${price}p a segment.`,
    log === undefined
      ? `How families behave is assumed, not measured (seed ${seed}; --help lists the shares).`
      : "Registrations and payments are those of the log, on the same days: other reminders change no payment.",
    ...(changes.length === 0 ? ["Nothing is changed: both columns are the settings of today."] : []),
    ...changes.map(({ name, today, next: to }) => `${name}: ${shown(today)} → ${shown(to)}`),
    ...(next.suspension ? [] : ["SUSPEND_AFTER_DAYS is empty: nobody would be suspended."]),
    ...(next.wording.publicUrl === DEFAULT_URL
      ? [`PAYMENT_BASE_URL is not set: links are counted with ${DEFAULT_URL}, and yours may be longer or shorter.`]
      : []),
  ];
};

const shown = (value: string | undefined): string =>
  value === undefined ? "default" : value === "" ? "empty" : `“${value}”`;

const write = (path: string, page: string, print: Print): void => {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new FlagError("--html", `the file cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  print("");
  print(`The page is in ${path}.`);
};
