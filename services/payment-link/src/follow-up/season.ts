import { type MonthlyFee, withSureStart } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { atMost } from "@touchline/service";
import { LRUCache } from "lru-cache";
import { type Link, registeredAt } from "../payment/state.ts";
import { awaitsConfiguration, collectionDays, type Season, seasonOf } from "../payment/subscription.ts";

/** What determines a family's season. */
type SeasonOf = Pick<Link, "season" | "acceptedAt" | "createdAt" | "preferredPaymentDay">;

export interface Seasons {
  /** When a link's monthly fees are collected, as of today. */
  of(link: SeasonOf): Season;
  /** The days on which a monthly fee can still be collected, unless the bank needs longer. */
  days(link: SeasonOf): readonly string[];
  /** What is collected on these days; undefined if nothing is. */
  monthly(link: SeasonOf & Pick<Link, "monthlyFeePence">): (MonthlyFee & { readonly from: string }) | undefined;
  /** The same for parents: without its first day if the bank may need longer. */
  monthlyShown(link: SeasonOf & Pick<Link, "monthlyFeePence">): MonthlyFee | undefined;
  /** Whether nothing can be collected until the days of the link's season are configured. */
  unconfigured(link: SeasonOf): boolean;
  /** Whether a mandate is of use: a monthly fee can still be collected, or could be once the season is configured. */
  collecting(link: SeasonOf): boolean;
}

/** Enough for a season's registrations: families who registered in the same hour and chose the same payment day share an entry. */
const MAX_KNOWN = 20_000;

interface Known {
  readonly season: Season;
  readonly days: readonly string[];
  /** In London. */
  readonly today: string;
  readonly unconfigured: boolean;
}

export const createSeasons = (configured: Partial<Season>, now: () => Date): Seasons => {
  // Each tap asks, and London calendar days are slow to compute: without the cache, a paid link answers a third as often.
  const known = new LRUCache<string, Known>(atMost(MAX_KNOWN));
  const calculate = (link: SeasonOf): Known => {
    const { season: code, preferredPaymentDay } = link;
    const facts = { code, registered: londonDay(registeredAt(link)), today: londonDay(now()), configured };
    const season = seasonOf(facts);
    const days = collectionDays({ ...facts, preferredDay: preferredPaymentDay, season });
    return { season, days, today: facts.today, unconfigured: awaitsConfiguration(facts) };
  };
  const about = (link: SeasonOf): Known => {
    const hour = Math.floor(now().getTime() / HOUR_MS);
    const key = `${hour} ${registeredAt(link).slice(0, HOUR_LENGTH)} ${link.season} ${link.preferredPaymentDay}`;
    const found = known.get(key);
    if (found) return found;
    const calculated = calculate(link);
    known.set(key, calculated);
    return calculated;
  };
  const monthlyOf: Seasons["monthly"] = (link) => {
    const { days } = about(link);
    const [from] = days;
    const until = days.at(-1);
    return link.monthlyFeePence > 0 && from && until ? { pence: link.monthlyFeePence, from, until } : undefined;
  };
  return {
    of: (link) => about(link).season,
    days: (link) => about(link).days,
    monthly: monthlyOf,
    monthlyShown: (link) => {
      const monthly = monthlyOf(link);
      return monthly && withSureStart(monthly, about(link).today);
    },
    unconfigured: (link) => about(link).unconfigured,
    collecting: (link) => about(link).days.length > 0 || about(link).unconfigured,
  };
};

/** London's days begin on a full hour of UTC. */
const HOUR_MS = 3_600_000;
/** The length of `2026-09-01T10`. */
const HOUR_LENGTH = 13;
