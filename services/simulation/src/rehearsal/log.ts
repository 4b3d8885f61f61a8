import { FlagError } from "./flag-error.ts";
import { type ActKind, actKinds, type Life, type SeasonDays, seasonFrom } from "./life.ts";

interface Line {
  readonly family: number;
  readonly at: string;
  readonly what: ActKind | "registered" | "not_delivered";
}

/** Names are not in the log, so these lengths are given to families in turn. */
const childNames = ["Ella", "Noah", "Amelia", "Charlie", "Theodore"];
const known: ReadonlySet<unknown> = new Set([...actKinds, "registered", "not_delivered"]);

/**
 * The lives of the families of the log's last season, moved by whole years into `season`. A season that had begun but was not over when
 * the log ended does not count, unless it is the only one. Payments keep their days: a log does not say what a reminder on another day
 * would have changed.
 *
 * @throws FlagError with the first line that cannot be read
 */
export const livesIn = (text: string, season: SeasonDays): Life[] => {
  const all = text.split("\n").flatMap(readLine);
  const families = [...Map.groupBy(all, ({ family }) => family).values()].flatMap((lines) => {
    const registered = lines.find(({ what }) => what === "registered");
    return registered ? [{ registered, lines, year: seasonYear(registered.at) }] : [];
  });
  const endMs = all.reduce((last, { at }) => Math.max(last, Date.parse(at)), 0);
  const years = [...new Set(families.map(({ year }) => year))].sort((a, b) => b - a);
  const last = years.find((year) => seasonFrom(year).endMs <= endMs) ?? years[0];
  const lives = families.filter(({ year }) => year === last).map((family, index) => lifeOf(family, index, season));
  if (lives.length === 0) throw new FlagError("--log", "there is no registration in it.");
  return lives;
};

const readLine = (text: string, index: number): Line[] => {
  if (text.trim() === "") return [];
  const wrong = (reason: string) => new FlagError("--log", `line ${index + 1} ${reason}.`);
  let line: Partial<Line>;
  try {
    line = Object(JSON.parse(text));
  } catch {
    throw wrong("is not JSON; the file comes from npm run ops -- export-season");
  }
  if (!Number.isInteger(line.family)) throw wrong("has no family");
  if (typeof line.at !== "string" || Number.isNaN(Date.parse(line.at))) throw wrong("has no time");
  if (!known.has(line.what)) throw wrong("has an unknown kind");
  return [line as Line];
};

interface Family {
  readonly registered: Line;
  readonly lines: readonly Line[];
  /** In which its season begins. */
  readonly year: number;
}

const lifeOf = ({ registered, lines, year }: Family, index: number, season: SeasonDays): Life => {
  // Who registers in June registers for the season that begins in July.
  const shift = (at: string) => Math.max(season.startMs, moved(at, season.year - year));
  const firstReport = lines.find(({ what }) => what === "not_delivered" || what === "number_corrected");
  return {
    registeredMs: shift(registered.at),
    childName: childNames[index % childNames.length] ?? "Ella",
    reachable: firstReport?.what !== "not_delivered",
    acts: lines.flatMap(({ at, what }) =>
      what === "registered" || what === "not_delivered" ? [] : [{ atMs: shift(at), what }],
    ),
    answersMs: [],
  };
};

/** The year in which the season begins that a family registers for. */
const seasonYear = (at: string): number => {
  const year = new Date(at).getUTCFullYear();
  return Date.parse(at) < seasonFrom(year - 1).endMs ? year - 1 : year;
};

const moved = (at: string, years: number): number => {
  const date = new Date(at);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date.getTime();
};
