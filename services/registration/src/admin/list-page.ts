import { type Html, html } from "@touchline/service/html";
import { maskPhone } from "@touchline/uk-phone";
import type { Day } from "../read-model/days.ts";
import type { Row } from "../read-model/row.ts";
import type { Choices, Counts, UnpaidTeam } from "./counts.ts";
import { listForm } from "./list-form.ts";
import { isNarrowed, LIST_PATH, type ListQuery, listAddress, type Show, shows } from "./list-query.ts";
import { plot } from "./plot.ts";
import { remindForm } from "./remind-form.ts";
import { moneyChips, paymentChip, shortTime, textChip, traitChips, trouble } from "./words.ts";

export interface ListView {
  readonly query: ListQuery;
  readonly rows: readonly Row[];
  readonly next: string | undefined;
  readonly counts: Counts;
  readonly choices: Choices;
  /** Whether the rows show what has happened: somebody who is missing may still come. */
  readonly inStep: boolean;
  /** Teams of the unpaid families that the reader may have reminded; empty on other lists. */
  readonly unpaidTeams: readonly UnpaidTeam[];
  /** Whether the reader may see the ledger. */
  readonly ledger: boolean;
  /** For the whole club, so only for those who see all of it. */
  readonly days: readonly Day[] | undefined;
  readonly now: Date;
  /** The result of the last comparison with GoCardless's books; also only for those who see the whole club. */
  readonly reconciled?: Html | undefined;
  /** How many families paid within seven days, of those that the reader may see. */
  readonly paidInTime?: Html | undefined;
  readonly done?: Html | undefined;
}

const names: Readonly<Record<Show, string>> = {
  all: "All",
  unpaid: "Unpaid",
  behind: "Behind",
  undelivered: "Undelivered",
  suspended: "Suspended",
  replied: "Replied",
  held: "Held",
  snoozed: "Snoozed",
  money_failed: "Money failed",
  subscription_refused: "Monthly payments refused",
};

export const listPage = (view: ListView): Html => {
  const { query, rows, now, next } = view;
  const narrowed = isNarrowed(query);
  const isKnown = view.inStep || rows.length > 0;
  return html`<h1>Registrations</h1>
${view.done}
${view.reconciled}
${!narrowed && view.paidInTime}
${view.days && !narrowed && html`<div data-live id="plot">${plot(view.days)}</div>`}
${listForm(LIST_PATH, query, view.choices)}
<nav class="tabs" aria-label="Which registrations" data-live id="tabs">${shows.filter((show) => isOffered(show, view)).map((show) => tab(show, view))}</nav>
${remindForm(view.unpaidTeams)}
<div data-live id="rows">${narrowed && isKnown && html`<p class="found" id="found" role="status">${found(view)}</p>`}
${rows.length > 0 ? families(rows, now) : isKnown && html`<p class="empty" id="empty">${nobody(view)}</p>`}</div>
<p class="below">${query.after !== "" && html`<a class="button" href="${listAddress(LIST_PATH, query)}">First page</a>`}
${next !== undefined && html`<a class="button" href="${listAddress(LIST_PATH, query, { after: next })}">Next page</a>`}
${narrowed && html`<a class="button" href="${LIST_PATH}">Show everybody</a>`}
<a class="button" href="${listAddress("/admin/export.csv", query)}" download>Download as CSV</a>
${view.ledger && html`<a class="button" href="/admin/ledger">Ledger</a>`}</p>`;
};

/** Rare filters are offered only while they match somebody. */
const always: ReadonlySet<Show> = new Set(["all", "unpaid", "behind", "undelivered"]);
const isOffered = (show: Show, { counts, query }: ListView): boolean =>
  always.has(show) || counts[show] > 0 || show === query.show;

const tab = (show: Show, { query, counts }: ListView): Html =>
  html`<a href="${listAddress(LIST_PATH, query, { show })}" id="tab-${show}"${show === query.show && html` aria-current="page"`}>${names[show]} <span class="count">${counts[show]}</span></a>`;

const found = ({ rows, next, query }: ListView): string => {
  if (rows.length === 0) return "Nobody found";
  return query.after !== "" || next !== undefined ? "More than one page found" : `${rows.length} found`;
};

const nobody = ({ query, counts }: ListView): string => {
  if (counts.all === 0) return "No registrations yet. They appear as soon as the chat submits one.";
  return isNarrowed(query)
    ? "Try a part of the child’s or the parent’s name, or the last digits of the number, and fewer filters."
    : empty[query.show];
};

const empty: Readonly<Record<Show, string>> = {
  all: "",
  unpaid: "Everybody has paid.",
  behind: "No month was missed, and no Direct Debit has ended.",
  undelivered: "No text is stuck.",
  suspended: "Nobody is suspended.",
  replied: "No reply is waiting for an answer.",
  held: "No registration is held.",
  snoozed: "Nobody is snoozed.",
  money_failed: "No refund or record of money failed.",
  subscription_refused: "GoCardless has refused nobody’s monthly payments.",
};

const families = (rows: readonly Row[], now: Date): Html =>
  html`<ul class="families" id="families">${rows.map((row) => family(row, now))}</ul>`;

const family = (row: Row, now: Date): Html => {
  const problem = trouble(row);
  return html`<li id="r-${row.registration_id}">
<a class="name" id="a-${row.registration_id}" href="/admin/registrations/${row.registration_id}">${row.child_name}</a>
<span class="team">${row.team} ${row.age_group}</span>
<span class="when">${shortTime(row.created_at, now)}</span>
<span class="phone">${maskPhone(row.parent_phone)}</span>
<span class="chips">${paymentChip(row)} ${moneyChips(row)} ${traitChips(row, now)} ${textChip(row)}</span>
${problem !== undefined && html`<span class="problem">${problem}</span>`}
</li>`;
};
