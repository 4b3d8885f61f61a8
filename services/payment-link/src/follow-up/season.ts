import { londonDay } from "@touchline/london";
import type { Link } from "../payment/state.ts";
import { type Season, seasonOf } from "../payment/subscription.ts";

export interface Seasons {
  /** When the monthly fees of a link's registration are collected, as it looks today. */
  of(link: Link): Season;
  /** Whether the link's season has days left. */
  lasts(link: Link): boolean;
  /** Whether a mandate is of use: the link's season is not known to be over. */
  collecting(link: Link): boolean;
}

export const createSeasons = (configured: Partial<Season>, now: () => Date): Seasons => {
  const seasonOfLink = ({ season: code, createdAt }: Link): Season =>
    seasonOf({ code, registered: londonDay(createdAt), today: londonDay(now()), configured });
  const lasts = (link: Link) => londonDay(now()) <= seasonOfLink(link).end;
  return { of: seasonOfLink, lasts, collecting: (link) => configured.end === undefined || lasts(link) };
};
