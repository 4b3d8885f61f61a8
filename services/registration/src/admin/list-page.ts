import { type Html, html } from "@touchline/service/html";
import { maskPhone } from "@touchline/uk-phone";
import type { Day } from "../read-model/days.ts";
import type { Row } from "../read-model/row.ts";
import { type Counts, SEARCH_MAX, type Show, shows } from "./counts.ts";
import { plot } from "./plot.ts";
import { paymentChip, shortTime, textChip, trouble } from "./words.ts";

export interface ListView {
  readonly show: Show;
  readonly rows: readonly Row[];
  readonly next: string | undefined;
  readonly firstPage: boolean;
  readonly counts: Counts;
  readonly days: readonly Day[];
  readonly csrf: string;
  readonly now: Date;
}

const names: Readonly<Record<Show, string>> = { all: "All", unpaid: "Unpaid", undelivered: "Undelivered" };

export const listPage = (view: ListView): Html => html`<h1>Registrations</h1>
<div data-live id="plot">${plot(view.days)}</div>
${searchForm(view.csrf, "")}
<nav class="tabs" aria-label="Which registrations" data-live id="tabs">${shows.map((show) => tab(show, view))}</nav>
<div data-live id="rows">${view.rows.length > 0 ? families(view.rows, view.now) : empty(view)}</div>
<p class="below">${!view.firstPage && html`<a class="button" href="${address(view.show)}">Newest</a>`}
${view.next !== undefined && html`<a class="button" href="${address(view.show, view.next)}">Older ones</a>`}
<a class="button" href="/admin/export.csv?show=${view.show}" download>Download as CSV</a></p>`;

const address = (show: Show, after?: string): string => {
  const query = new URLSearchParams({ ...(show !== "all" && { show }), ...(after && { after }) }).toString();
  return query ? `/admin?${query}` : "/admin";
};

const tab = (show: Show, view: ListView): Html =>
  html`<a href="${address(show)}" id="tab-${show}"${show === view.show && html` aria-current="page"`}>${names[show]} <span class="count">${view.counts[show]}</span></a>`;

const empty = ({ show, counts }: ListView): Html => {
  if (counts.all === 0)
    return html`<p class="empty">No registrations yet. They show here as soon as the chat hands one in.</p>`;
  return show === "unpaid"
    ? html`<p class="empty">Everybody has paid.</p>`
    : html`<p class="empty">No text is stuck.</p>`;
};

export const searchForm = (
  csrf: string,
  value: string,
): Html => html`<form class="search" method="post" action="/admin/search" role="search">
<input type="hidden" name="csrf" value="${csrf}">
<label for="q">Find a family</label>
<div class="together"><input id="q" name="q" type="search" value="${value}" required maxlength="100" autocomplete="off" placeholder="name or number"><button class="primary">Find</button></div>
</form>`;

export const searchPage = (
  csrf: string,
  query: string,
  rows: readonly Row[],
  now: Date,
): Html => html`<h1>Find a family</h1>
${searchForm(csrf, query)}
<h2 role="status">${rows.length === 0 ? "Nobody found" : `${rows.length}${rows.length === SEARCH_MAX ? " or more" : ""} found`}</h2>
${rows.length > 0 ? families(rows, now) : html`<p class="empty">Try a part of the child's or the parent's name, or the whole phone number.</p>`}
<p class="below"><a class="button" href="/admin">All registrations</a></p>`;

const families = (rows: readonly Row[], now: Date): Html =>
  html`<ul class="families">${rows.map((row) => family(row, now))}</ul>`;

const family = (row: Row, now: Date): Html => {
  const problem = trouble(row);
  return html`<li id="r-${row.registration_id}">
<a class="name" id="a-${row.registration_id}" href="/admin/registrations/${row.registration_id}">${row.child_name}</a>
<span class="team">${row.team} ${row.age_group}</span>
<span class="when">${shortTime(row.created_at, now)}</span>
<span class="phone">${maskPhone(row.parent_phone)}</span>
<span class="chips">${paymentChip(row)} ${textChip(row)}</span>
${problem !== undefined && html`<span class="problem">${problem}</span>`}
</li>`;
};
