import { parseArgs } from "node:util";
import { ConfigError } from "@touchline/service/env";
import { FlagError } from "./flag-error.ts";
import { assumedShares, type SeasonDays, type ShareName, type Shares, seasonFrom, shareMeanings } from "./life.ts";
import { checkNames, type Rules, rulesOf, todayOf } from "./settings.ts";

/** What is to be rehearsed. */
export interface Wanted {
  readonly today: Rules;
  readonly next: Rules;
  /** Settings that differ, by name, with both values; undefined for the default. */
  readonly changes: readonly { readonly name: string; readonly today: string | undefined; readonly next: string }[];
  readonly families: number;
  readonly seed: number;
  readonly season: SeasonDays;
  readonly shares: Shares;
  readonly log: string | undefined;
  readonly html: string | undefined;
}

const FAMILIES_MAX = 5_000;

export const help = `npm run rehearse -- [flags]: what a season from 1 July to 31 May would send, before you switch.

  --template TEXT            the words of the first text (SMS_TEMPLATE)
  --reminder-days 3,7        days of the reminders (REMINDER_DAYS); "" for none
  --suspend-after-days 10    day of the suspension (SUSPEND_AFTER_DAYS); "" for none
  --set NAME=value           any other setting of .env.example that changes texts; may be repeated
  --pence-per-segment 4      what Twilio charges for a segment (SMS_PRICE_PENCE)
  --families 300             how many families register
  --season 2027              the year in which the season begins
  --seed 1                   another seed draws other families
  --share NAME=percent       how families behave; may be repeated:
${Object.entries(shareMeanings)
  .map(([name, meaning]) => `      ${`${name}=${assumedShares[name as ShareName]}`.padEnd(22)} ${meaning}`)
  .join("\n")}
  --log FILE                 last season, from npm run ops -- export-season FILE, in place of these shares
  --html FILE                also writes a page with tables and plots

Without a flag, a setting is as in the environment or .env. Example:
  npm run rehearse -- --reminder-days 3,7 --families 300 --html rehearsal.html`;

const options = {
  template: { type: "string" },
  "reminder-days": { type: "string" },
  "suspend-after-days": { type: "string" },
  "pence-per-segment": { type: "string" },
  set: { type: "string", multiple: true },
  share: { type: "string", multiple: true },
  families: { type: "string", default: "300" },
  season: { type: "string" },
  seed: { type: "string", default: "1" },
  log: { type: "string" },
  html: { type: "string" },
  help: { type: "boolean" },
} as const;

/** @throws FlagError that names the flag and says why; undefined when help is asked for */
export const readFlags = (args: readonly string[], env: NodeJS.ProcessEnv, now: Date): Wanted | undefined => {
  const flags = parsed(args);
  if (flags.help) return undefined;
  const thisYear = now.getUTCFullYear();
  const upcoming = now.getTime() < seasonFrom(thisYear).startMs ? thisYear : thisYear + 1;
  const season = seasonFrom(whole("--season", flags.season ?? String(upcoming), 2020, 2098));
  const price = flags["pence-per-segment"];
  const before = todayOf({ ...env, ...(price !== undefined && { SMS_PRICE_PENCE: price }) });
  if (price !== undefined && !/^\d{1,3}(\.\d{1,4})?$/.test(price))
    throw new FlagError("--pence-per-segment", "write a price in pence, such as 4 or 3.98.");
  const set = changesOf(flags);
  checkNames(set);
  if (flags.log !== undefined && flags.share) throw new FlagError("--share", "the log of --log takes its place.");
  return {
    today: tried("The settings of today", () => rulesOf(before, season)),
    next: tried(flagsOf(set), () => rulesOf({ ...before, ...set }, season)),
    changes: Object.entries(set).map(([name, next]) => ({ name, today: before[name], next })),
    families: whole("--families", flags.families, 1, FAMILIES_MAX),
    seed: whole("--seed", flags.seed, 1, 1_000_000),
    season,
    shares: sharesOf(flags.share ?? []),
    log: flags.log,
    html: flags.html,
  };
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new FlagError("The flags", `${(error as Error).message} See npm run rehearse -- --help.`);
  }
};

const whole = (flag: string, text: string, min: number, max: number): number => {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new FlagError(flag, `write a whole number from ${min} to ${max}.`);
  return number;
};

/** The flags that have a name of their own, and the setting of each. */
const named = {
  template: "SMS_TEMPLATE",
  "reminder-days": "REMINDER_DAYS",
  "suspend-after-days": "SUSPEND_AFTER_DAYS",
} as const;

const changesOf = (flags: ReturnType<typeof parsed>): Record<string, string> => {
  const set: Record<string, string> = {};
  for (const pair of flags.set ?? []) {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw new FlagError("--set", "write NAME=value.");
    set[name] = value;
  }
  for (const [flag, name] of Object.entries(named)) {
    const value = flags[flag as keyof typeof named];
    if (value === undefined) continue;
    if (name in set) throw new FlagError(`--${flag}`, `--set ${name} says the same; use one of them.`);
    set[name] = value;
  }
  return set;
};

const flagsOf = (set: Readonly<Record<string, string>>): string =>
  Object.keys(set)
    .map((name) => {
      const flag = Object.entries(named).find(([, setting]) => setting === name)?.[0];
      return flag ? `--${flag}` : `--set ${name}`;
    })
    .join(", ") || "The flags";

const tried = <T>(flag: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new FlagError(flag, error.violations.join(" "));
  }
};

const sharesOf = (pairs: readonly string[]): Shares => {
  const shares: Record<ShareName, number> = { ...assumedShares };
  for (const pair of pairs) {
    const [name = "", text = ""] = pair.split("=");
    const share = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!Object.hasOwn(shares, name)) throw new FlagError("--share", `there is ${Object.keys(shares).join(", ")}.`);
    if (!(share >= 0 && share <= 100)) throw new FlagError("--share", `${name} is a share from 0 to 100, in per cent.`);
    shares[name as ShareName] = share;
  }
  if (shares.never + shares.hour + shares.later > 100)
    throw new FlagError("--share", "never, hour and later are together more than 100.");
  return shares;
};
