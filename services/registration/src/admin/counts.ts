import type { DatabaseSync } from "node:sqlite";
import type { Actor } from "../people/roles.ts";
import { OF_TEAMS, teamsValue } from "../read-model/of-teams.ts";
import { conditionsAt, traits } from "../read-model/traits.ts";
import type { Show } from "./list-query.ts";
import { createPaidInTime, type PaidInTime } from "./paid-in-time.ts";

export type Counts = Readonly<Record<Show, number>>;

/** The filters of a list. */
export interface Choices {
  readonly teams: readonly string[];
  readonly ageGroups: readonly string[];
  /** Latest first. */
  readonly seasons: readonly string[];
}

/** A team with families that have not paid. */
export interface UnpaidTeam {
  readonly team: string;
  readonly season: string;
  readonly families: number;
}

/** The board's own queries, limited to the teams that the reader may see. */
export interface BoardQueries {
  readonly counts: (who: Pick<Actor, "teams">) => Counts;
  /** Latest season first. */
  readonly unpaidTeams: (who: Pick<Actor, "teams">) => readonly UnpaidTeam[];
  readonly choices: (who: Pick<Actor, "teams">) => Choices;
  readonly paidInTime: (who: Pick<Actor, "teams">) => PaidInTime;
}

const SEEN = `FROM registrations WHERE ${OF_TEAMS}`;

export const createBoardQueries = (db: DatabaseSync, now: () => Date): BoardQueries => {
  const distinct = (column: string, order: string) => {
    const values = db.prepare(`SELECT ${column} AS value ${SEEN} GROUP BY ${column} ORDER BY ${order}`);
    return (who: Pick<Actor, "teams">) => values.all(seenBy(who)).map(({ value }) => String(value));
  };
  const teams = distinct("team", "team");
  const ageGroups = distinct("age_group", "length(age_group), age_group");
  const seasons = distinct("season", "season DESC");
  return {
    counts: (who) => {
      const conditions = conditionsAt(now());
      const ofTraits = traits.map((trait) => `count(*) FILTER (WHERE ${conditions[trait]}) AS ${trait}`);
      return db.prepare(`SELECT count(*) AS "all", ${ofTraits.join(", ")} ${SEEN}`).get(seenBy(who)) as Counts;
    },
    unpaidTeams: (who) => {
      const unpaid = `${SEEN} AND ${conditionsAt(now()).unpaid} GROUP BY team, season ORDER BY season DESC, team`;
      return db
        .prepare(`SELECT team, season, count(*) AS families ${unpaid}`)
        .all(seenBy(who)) as unknown as UnpaidTeam[];
    },
    choices: (who) => ({ teams: teams(who), ageGroups: ageGroups(who), seasons: seasons(who) }),
    paidInTime: createPaidInTime(db, now),
  };
};

const seenBy = ({ teams }: Pick<Actor, "teams">) => ({ teams: teamsValue(teams) });
