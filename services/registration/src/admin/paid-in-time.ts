import type { DatabaseSync } from "node:sqlite";
import { seasonOn } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import type { Actor } from "../people/roles.ts";
import { OF_TEAMS, teamsValue } from "../read-model/of-teams.ts";

/** The club's target: so many families pay within the days that parents are given. */
const TARGET_PERCENT = 85;
const DAYS = 7;
const SECONDS = DAYS * 86_400;

export interface PaidInTime {
  /** Of this season, whose seven days are over. */
  readonly families: number;
  readonly inTime: number;
}

/** Families that were asked for the fee: no one pays one that is waived, nor one that was given back, nor while held as a duplicate. */
const ASKED = "cancelled = 0 AND held_for IS NULL AND payment_status NOT IN ('waived', 'refunded')";

export const createPaidInTime = (db: DatabaseSync, now: () => Date) => {
  const query = db.prepare(
    `SELECT count(*) AS families,
       count(*) FILTER (WHERE unixepoch(paid_at) - unixepoch(created_at) <= ${SECONDS}) AS inTime
     FROM registrations WHERE ${OF_TEAMS} AND ${ASKED} AND season = $season AND created_at <= $latest`,
  );
  return ({ teams }: Pick<Actor, "teams">): PaidInTime =>
    query.get({
      teams: teamsValue(teams),
      season: seasonOn(londonDay(now())),
      latest: new Date(now().getTime() - SECONDS * 1_000).toISOString(),
    }) as unknown as PaidInTime;
};

/** Nothing before the first seven days are over. Rounded down, so that 85 % is the target reached. */
export const paidInTimeLine = ({ families, inTime }: PaidInTime): Html | undefined =>
  families === 0
    ? undefined
    : html`<p class="quiet" data-live id="paid-in-time">Paid within seven days: ${inTime} of ${families === 1 ? "one family" : `${families} families`} (${Math.floor((100 * inTime) / families)} %). The target is ${TARGET_PERCENT} %.</p>`;
