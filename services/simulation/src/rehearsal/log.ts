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
 * The lives of the families whose registrations are in the log, moved by whole years into `season`. Payments keep their days: a log
 * does not say what a reminder on another day would have changed.
 *
 * @throws FlagError with the first line that cannot be read
 */
export const livesIn = (text: string, season: SeasonDays): Life[] => {
  const families = Map.groupBy(text.split("\n").flatMap(readLine), ({ family }) => family);
  const lives = [...families.values()].flatMap((lines, index) => {
    const registered = lines.find(({ what }) => what === "registered");
    return registered ? [lifeOf(registered, lines, index, season)] : [];
  });
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

const lifeOf = (registered: Line, lines: readonly Line[], index: number, season: SeasonDays): Life => {
  const shift = (at: string) => moved(at, season.year - seasonYear(registered.at));
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

/** The year of the last 1 July. */
const seasonYear = (at: string): number => {
  const year = new Date(at).getUTCFullYear();
  return Date.parse(at) < seasonFrom(year).startMs ? year - 1 : year;
};

const moved = (at: string, years: number): number => {
  const date = new Date(at);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date.getTime();
};
