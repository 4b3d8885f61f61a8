import type { DatabaseSync } from "node:sqlite";
import { OF_TEAMS, teamsValue } from "./of-teams.ts";
import { shown, toRow } from "./queries.ts";
import type { Row } from "./row.ts";
import { unpaid } from "./traits.ts";

/** Families that may need a human, of these teams or of all; `todayOf` says which of them do. */
export type Needing = (teams: readonly string[] | undefined) => readonly Row[];

/** Most families owe nothing and ask nothing: the query leaves them out. */
export const createNeeding = (db: DatabaseSync): Needing => {
  const rows = db.prepare(
    `SELECT ${shown} FROM registrations WHERE (
       replied_at IS NOT NULL OR paid_twice_pence > 0 OR money_failed_at IS NOT NULL
       OR subscription_refused_at IS NOT NULL
       OR (cancelled = 0 AND (
         held_for IS NOT NULL OR behind_pence > 0 OR mandate_status = 'gone' OR email_status = 'unknown'
         OR (${unpaid} AND (
           payment_token_error IS NOT NULL OR suspended_at IS NOT NULL OR phone_refuses_texts = 1
           OR unreached_since IS NOT NULL)))))
     AND ${OF_TEAMS}`,
  );
  return (teams) => rows.all({ teams: teamsValue(teams) }).map((row) => toRow(row) as Row);
};
