import { poundsAndPence } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import {
  type Entry,
  ledgerSums,
  type Money,
  type PayoutTotal,
  sumNames,
  sumTotals,
  type Total,
} from "../read-model/books.ts";
import { barRow } from "./plot.ts";
import { monthName, seasonName } from "./words.ts";

export interface LedgerView {
  /** Latest first. */
  readonly seasons: readonly string[];
  readonly season: string | undefined;
  /** The teams that the reader sees. */
  readonly teams: readonly string[];
  readonly team: string | undefined;
  readonly totals: readonly Total[];
  /** For the whole club, so only for those who see all of it. */
  readonly payouts: readonly PayoutTotal[] | undefined;
  /** Whether the sums show what has happened. */
  readonly inStep: boolean;
  readonly now: Date;
}

export const ledgerPage = (view: LedgerView): Html => {
  const { totals, season, payouts } = view;
  return html`<p class="back"><a href="/admin/registrations">All registrations</a></p>
<h1>Ledger</h1>
${choices(view)}
<div data-live id="ledger">${
    totals.length === 0
      ? view.inStep && html`<p class="empty">There is no money to show yet. It appears with the first payment link.</p>`
      : html`${plot(view)}
${table(
  "By team",
  "Team",
  groups(totals, ({ team }) => team || "Unknown"),
  sumTotals(totals),
)}
${table(
  "By month",
  "Month",
  groups(totals, ({ month }) => month, monthName),
  sumTotals(totals),
)}
<details><summary id="team-months">By team and month</summary>
${figures(
  "By team and month",
  "Team and month",
  groups(totals, ({ team, month }) => `${team || "Unknown"}, ${month}`, teamAndMonth),
  sumTotals(totals),
)}</details>`
  }
${payouts && payouts.length > 0 && payoutTable(payouts)}</div>
<p class="hint">Each sum is in the month it is for, not the month the money moves. “Failed” is what did not arrive or the payer’s bank took back, even if it was paid later. “To come” is what is still expected.</p>
${season !== undefined && html`<p class="below"><a class="button" href="${address("/admin/ledger.csv", season, view.team)}" download>Download as CSV</a></p>`}`;
};

/** `Tigers, Oct 2026` of `Tigers, 2026-10`, which sorts. */
const teamAndMonth = (key: string): Html =>
  html`<span>${key.slice(0, -8)}</span> <span>${monthName(key.slice(-7))}</span>`;

const address = (path: string, season: string, team: string | undefined): string =>
  `${path}?${new URLSearchParams({ season, ...(team !== undefined && { team }) }).toString()}`;

const choices = ({ seasons, season, teams, team }: LedgerView): Html | undefined => {
  if (season === undefined) return undefined;
  const choice = (href: string, name: string, chosen: boolean) =>
    html`<a href="${href}"${chosen && html` aria-current="page"`}>${name}</a>`;
  return html`<nav class="tabs" aria-label="Which season">${seasons.map((one) => choice(address("/admin/ledger", one, team), seasonName(one), one === season))}</nav>
<nav class="tabs" aria-label="Which team">${choice(address("/admin/ledger", season, undefined), "All teams", team === undefined)}
${teams.map((one) => choice(address("/admin/ledger", season, one), one, one === team))}</nav>`;
};

interface Group {
  readonly key: string;
  readonly name: string | Html;
  readonly money: Money;
}

const groups = (
  totals: readonly Total[],
  keyOf: (total: Total) => string,
  nameOf: (key: string) => string | Html = (key) => key,
): Group[] =>
  [
    ...Map.groupBy(
      [...totals].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
      keyOf,
    ),
  ].map(([key, of]) => ({
    key,
    name: nameOf(key),
    money: sumTotals(of),
  }));

const table = (caption: string, first: string, rows: readonly Group[], all: Money): Html =>
  html`<h2>${caption}</h2>${figures(caption, first, rows, all)}`;

/** A table without a heading. */
const figures = (caption: string, first: string, rows: readonly Group[], all: Money): Html =>
  html`<div class="figures" tabindex="0" role="region" aria-label="${caption}"><table>
<thead><tr><th scope="col">${first}</th>${ledgerSums.map((sum) => html`<th scope="col">${sumNames[sum]}</th>`)}</tr></thead>
<tbody>${rows.map(({ name, money }) => line(name, money))}</tbody>
<tfoot>${line("Total", all)}</tfoot></table></div>`;

const line = (name: string | Html, money: Money): Html =>
  html`<tr><th scope="row">${name}</th>${ledgerSums.map((sum) => html`<td>${poundsAndPence(money[sum])}</td>`)}</tr>`;

const plotted = [
  ["registrations", "collected"],
  ["texts", "on_its_way"],
  ["payments", "to_come"],
] as const;

const plot = ({ totals, now }: LedgerView): Html => {
  const months = groups(totals, ({ month }) => month);
  const today = londonDay(now).slice(0, 7);
  return html`<section class="plot money" aria-labelledby="plot-title"><h2 id="plot-title">Month by month</h2>
<div class="all-series">${plotted.map(([look, key]) => {
    const name = sumNames[key];
    const all = poundsAndPence(sumTotals(totals)[key]);
    const current = poundsAndPence(months.find(({ key: month }) => month === today)?.money[key] ?? 0);
    return barRow({
      look,
      name,
      total: all,
      latest: `${current} this month`,
      label: `${name}: ${all} in ${months.length} months, ${current} of it this month`,
      bars: months.map(({ key: month, money }) => ({
        value: money[key],
        title: `${monthName(month)}: ${poundsAndPence(money[key])}`,
      })),
    });
  })}</div></section>`;
};

const payoutTable = (payouts: readonly PayoutTotal[]): Html =>
  html`<h2>Paid to the club’s bank</h2><div class="figures" tabindex="0" role="region" aria-label="Paid to the club’s bank"><table>
<thead><tr><th scope="col">Month</th><th scope="col">Collected</th><th scope="col">Taken back</th><th scope="col">GoCardless’s fees</th><th scope="col">Reached the bank</th></tr></thead>
<tbody>${payouts.map(({ month, collected, taken_back, fees, amount }) => html`<tr><th scope="row">${monthName(month)}</th>${[collected, taken_back, fees, amount].map((pence) => html`<td>${poundsAndPence(pence)}</td>`)}</tr>`)}</tbody></table></div>`;

/** A family's own account, on its page. */
export const accountSection = (entries: readonly Entry[]): Html | undefined => {
  if (entries.length === 0) return undefined;
  const rows = entries.map((entry) => ({
    key: entry.due,
    name: entry.what === "fee" ? "Signing-on fee" : monthName(entry.month),
    money: entry,
  }));
  return html`<section data-live id="account">${table("Account", "For", rows, sumTotals(entries))}</section>`;
};
