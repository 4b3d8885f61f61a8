import { addLondonDays, londonInstant } from "@touchline/london";
import { type Random, seeded } from "@touchline/sandbox";

export const actKinds = [
  "paid",
  "settled",
  "failed",
  "charged_back",
  "month_missed",
  "mandate_gone",
  "number_corrected",
  "opted_out",
  "cancelled",
] as const;
export type ActKind = (typeof actKinds)[number];

/** What one family does in a season. Nothing in it depends on the settings, so two sets of settings meet the same families. */
export interface Life {
  readonly registeredMs: number;
  /** Invented. Its length and letters decide how long the text is. */
  readonly childName: string;
  /** Whether the number that the family gave can be texted. */
  readonly reachable: boolean;
  /** Events that happen whatever is texted. */
  readonly acts: readonly { readonly atMs: number; readonly what: ActKind }[];
  /** How long after the nth text that asks for the fee the family pays; undefined where that text does not move it. */
  readonly answersMs: readonly (number | undefined)[];
  /** How its first payment is reversed, and how long after it was made. */
  readonly goesBack?: { readonly afterMs: number; readonly as: "failed" | "charged_back" } | undefined;
}

/** Shares of families, in per cent, and what each means for `--help`. */
export const shareMeanings = {
  hour: "pay within an hour of the first text",
  later: "pay later without a reminder, within two weeks",
  reminder: "of those still unpaid, pay after each reminder",
  never: "never pay, whatever is sent",
  failed: "have their first payment fail",
  charged_back: "have their first payment taken back by the bank",
  missed: "miss a month, in each month",
  mandate_gone: "end their Direct Debit in the season",
  wrong_number: "gave a number that cannot be texted",
  opted_out: "reply STOP",
  cancelled: "leave in the season",
} as const;
export type ShareName = keyof typeof shareMeanings;
export type Shares = Readonly<Record<ShareName, number>>;

/** Assumptions, not measurements: a club that has a season behind it uses its own log. */
export const assumedShares: Shares = {
  hour: 45,
  later: 15,
  reminder: 40,
  never: 4,
  failed: 2,
  charged_back: 0.5,
  missed: 1.5,
  mandate_gone: 1,
  wrong_number: 2,
  opted_out: 1,
  cancelled: 3,
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More than the first text, two rounds of reminders and a few other texts. */
const ANSWERS = 40;
const names =
  "Ava Ben Ella Jack Leo Mia Noah Ruby Sam Zara Alfie Amelia Charlie Harrison Isabella Mohammed Theodore Zoë Łukasz";
const childNames = names.split(" ");
/** How many of a hundred families register in each month, from July on. */
const perMonth = [18, 30, 27, 7, 3, 2, 5, 4, 2, 1, 1] as const;
/** When a monthly payment can fail. */
const monthly = ["10", "11", "12", "01", "02", "03", "04", "05"] as const;

export interface SeasonDays {
  /** The year of its 1 July. */
  readonly year: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** From 1 July to 31 May. */
export const seasonFrom = (year: number): SeasonDays => ({
  year,
  startMs: londonInstant(`${year}-07-01`, 0).getTime(),
  endMs: londonInstant(`${year + 1}-05-31`, 24).getTime(),
});

/** Draws the lives of a season from its seed. */
export const drawLives = (seed: number, count: number, season: SeasonDays, shares: Shares): Life[] =>
  Array.from({ length: count }, (_, index) => drawLife(seeded(seed * 100_003 + index), season, shares));

const drawLife = (random: Random, season: SeasonDays, shares: Shares): Life => {
  const happens = (share: number) => random() * 100 < share;
  const childName = childNames[Math.floor(random() * childNames.length)] ?? "Sam";
  const registeredMs = drawRegistration(random, season.year);
  const any = () => registeredMs + random() * Math.max(0, season.endMs - registeredMs);
  const acts: { atMs: number; what: ActKind }[] = [];
  const maybe = (share: number, what: ActKind, atMs: number) => {
    if (happens(share)) acts.push({ what, atMs });
  };
  const reachable = !happens(shares.wrong_number);
  // The secretary's list shows the number the next morning, and most parents are found.
  if (!reachable) maybe(80, "number_corrected", registeredMs + DAY_MS * (1 + 3 * random()));
  maybe(shares.mandate_gone, "mandate_gone", any());
  maybe(shares.opted_out, "opted_out", any());
  maybe(shares.cancelled, "cancelled", any());
  for (const month of monthly) {
    const day = `${month < "06" ? season.year + 1 : season.year}-${month}-${String(1 + Math.floor(random() * 28)).padStart(2, "0")}`;
    maybe(shares.missed, "month_missed", londonInstant(day, 7).getTime() + random() * 4 * HOUR_MS);
  }
  return {
    childName,
    registeredMs,
    reachable,
    acts,
    answersMs: drawAnswers(random, shares),
    goesBack: drawReturn(random, shares),
  };
};

/** Most register on an evening before the season. */
const drawRegistration = (random: Random, year: number): number => {
  const drawn = random() * 100;
  const upTo = perMonth.map((_, i) => perMonth.slice(0, i + 1).reduce((sum, share) => sum + share, 0));
  const month = upTo.findIndex((share) => drawn < share);
  const day = Math.floor(random() * 28);
  const first = `${month < 6 ? year : year + 1}-${String(((month + 6) % 12) + 1).padStart(2, "0")}-01`;
  const hour = random() < 0.6 ? 17 + random() * 5 : 8 + random() * 9;
  return addLondonDays(londonInstant(first, 0), day).getTime() + hour * HOUR_MS;
};

const drawAnswers = (random: Random, shares: Shares): (number | undefined)[] => {
  const kind = random() * 100;
  const soonMs = random() * HOUR_MS;
  const laterMs = HOUR_MS + random() * 14 * DAY_MS;
  const later = Array.from({ length: ANSWERS - 1 }, () => {
    const wakes = random() * 100 < shares.reminder;
    // Most who act on a reminder do so the same day.
    const afterMs = random() ** 3 * 2 * DAY_MS;
    return wakes ? afterMs : undefined;
  });
  if (kind < shares.never) return [];
  if (kind < shares.never + shares.hour) return [soonMs, ...later];
  return [kind < shares.never + shares.hour + shares.later ? laterMs : undefined, ...later];
};

const drawReturn = (random: Random, shares: Shares): Life["goesBack"] => {
  const kind = random() * 100;
  const afterMs = (2 + 4 * random()) * DAY_MS;
  if (kind < shares.failed) return { afterMs, as: "failed" };
  return kind < shares.failed + shares.charged_back
    ? { afterMs: afterMs + 20 * DAY_MS, as: "charged_back" }
    : undefined;
};
