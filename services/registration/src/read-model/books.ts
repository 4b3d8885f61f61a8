import type { DatabaseSync } from "node:sqlite";
import { type Column, toCsv } from "@touchline/csv";
import { type Due, oldestMonthDue, type Sums, sums } from "../ledger/dues.ts";
import { dueColumns } from "./ledger.ts";
import { OF_TEAMS, teamsValue } from "./of-teams.ts";

export interface LedgerFilter {
  readonly season?: string | undefined;
  readonly team?: string | undefined;
  /** Only these teams, which the reader may see. */
  readonly teams?: readonly string[] | undefined;
}

/** One due of one family. Nothing in it is personal. */
export interface Entry extends Omit<Due, "lapses"> {
  readonly registration_id: string;
  readonly team: string;
  readonly age_group: string;
  readonly season: string;
  readonly to_come: number;
}

export interface Money extends Sums {
  readonly to_come: number;
}

/** The dues of one team and month together. */
export interface Total extends Money {
  readonly team: string;
  readonly season: string;
  readonly month: string;
}

export interface PayoutTotal {
  readonly month: string;
  readonly collected: number;
  readonly taken_back: number;
  readonly fees: number;
  readonly amount: number;
}

/** Reads from the `ledger` file, shared by the board and the operators' command. */
export interface Books {
  /** By team and month. */
  readonly totals: (filter: LedgerFilter) => Total[];
  /** By team, family and month. */
  readonly entries: (filter: LedgerFilter) => Iterable<Entry>;
  readonly ofFamily: (registrationId: string) => Entry[];
  /** Latest first. */
  readonly seasons: () => string[];
  readonly teams: () => string[];
  /** Payouts to the club's bank, by month of arrival, for the whole club. */
  readonly payouts: () => PayoutTotal[];
}

const WHERE = `WHERE ($season IS NULL OR season = $season) AND ($team IS NULL OR team = $team)
  AND ${OF_TEAMS}`;
const DUES = `SELECT registration_id, season, coalesce(team, '') AS team, coalesce(age_group, '') AS age_group,
  ${dueColumns.map((name, index) => `value ->> '$[${index}]' AS ${name}`).join(", ")}
  FROM accounts LEFT JOIN teams USING (registration_id), json_each(dues)`;
const FROM = `FROM (SELECT * FROM (${DUES}) WHERE lapses = 0 OR month >= $month)`;
/** What was refunded on purpose is not asked for again. */
const TO_COME = "max(0, expected - collected - on_its_way - waived - elsewhere)";

export const createBooks = (db: DatabaseSync, now: () => Date): Books => {
  const totals = db.prepare(
    `SELECT team, season, month, ${sums.map((sum) => `sum(${sum}) AS ${sum}`).join(", ")}, sum(${TO_COME}) AS to_come
     ${FROM} ${WHERE} GROUP BY season, team, month ORDER BY season DESC, team, month`,
  );
  const shown = `registration_id, team, age_group, season, month, due, what, ${sums.join(", ")}, ${TO_COME} AS to_come`;
  const entries = db.prepare(
    `SELECT ${shown} ${FROM} ${WHERE} ORDER BY season DESC, team, registration_id, month, due`,
  );
  const ofFamily = db.prepare(`SELECT ${shown} ${FROM} WHERE registration_id = $id ORDER BY month, what, due`);
  const seasons = db.prepare("SELECT DISTINCT season FROM accounts ORDER BY season DESC");
  const teams = db.prepare("SELECT DISTINCT team FROM teams WHERE team <> '' ORDER BY team");
  const payouts = db.prepare(
    `SELECT month, sum(collected) AS collected, sum(taken_back) AS taken_back, sum(fees) AS fees, sum(amount) AS amount
     FROM payouts WHERE status <> 'bounced' GROUP BY month ORDER BY month`,
  );
  const present = () => ({ month: oldestMonthDue(now()) });
  const valuesOf = ({ season, team, teams: only }: LedgerFilter) => ({
    ...present(),
    season: season ?? null,
    team: team ?? null,
    teams: teamsValue(only),
  });
  return {
    totals: (filter) => totals.all(valuesOf(filter)) as unknown as Total[],
    entries: (filter) => entries.iterate(valuesOf(filter)) as unknown as Iterable<Entry>,
    ofFamily: (registrationId) => ofFamily.all({ ...present(), id: registrationId }) as unknown as Entry[],
    seasons: () => seasons.all().map(({ season }) => String(season)),
    teams: () => teams.all().map(({ team }) => String(team)),
    payouts: () => payouts.all() as unknown as PayoutTotal[],
  };
};

/** Every sum in words, in the order in which they are shown. */
export const sumNames: Readonly<Record<keyof Money, string>> = {
  expected: "Expected",
  collected: "Collected",
  on_its_way: "On its way",
  to_come: "To come",
  failed: "Failed",
  refunded: "Refunded",
  waived: "Waived",
  elsewhere: "From elsewhere",
  paid_out: "Paid out",
};
export const ledgerSums = Object.keys(sumNames) as (keyof Money)[];

const columns: readonly Column<Entry>[] = [
  { name: "Season", value: ({ season }) => season },
  { name: "Team", value: ({ team }) => team },
  { name: "Age group", value: ({ age_group }) => age_group },
  { name: "Registration", value: ({ registration_id }) => registration_id },
  { name: "Month", value: ({ month }) => month },
  { name: "What for", value: ({ what }) => (what === "fee" ? "Signing-on fee" : "Monthly fee") },
  // The currency sign is in the heading, so that a spreadsheet can add up the cells.
  ...ledgerSums.map((sum) => ({
    name: `${sumNames[sum]} (£)`,
    value: (entry: Entry) => (entry[sum] / 100).toFixed(2),
  })),
];

/** Every due, in pounds to the penny. */
export const ledgerCsv = (books: Books, filter: LedgerFilter): string => toCsv(columns, books.entries(filter));

/** The sum of all of them. */
export const sumTotals = (totals: readonly Money[]): Money =>
  Object.fromEntries(
    ledgerSums.map((name) => [name, totals.reduce((all, one) => all + one[name], 0)]),
  ) as unknown as Money;
