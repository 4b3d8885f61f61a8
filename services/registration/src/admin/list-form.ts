import { paymentStatuses } from "@touchline/contracts";
import { type Html, html } from "@touchline/service/html";
import type { Sort } from "../read-model/queries.ts";
import { rowTextStatuses } from "../read-model/row.ts";
import type { Choices } from "./counts.ts";
import { isNarrowed, type ListQuery } from "./list-query.ts";
import { paymentWord, seasonName, textWord } from "./words.ts";

type Option = readonly [value: string, words: string];

const sortNames: Readonly<Record<Sort, string>> = {
  newest: "Newest first",
  name: "By the child’s name",
  team: "By team",
  oldest_unpaid: "Unpaid, oldest first",
};

/** The search and the filters, in one form. The address of its result says what is shown. */
export const listForm = (path: string, query: ListQuery, choices: Choices): Html => {
  const { show, q, sort } = query;
  const isSet = sort !== "newest" || isNarrowed({ ...query, q: "" });
  return html`<form class="search" method="get" action="${path}" role="search">
${show !== "all" && html`<input type="hidden" name="show" value="${show}">`}
<label for="q">Find a family</label>
<div class="together"><input id="q" name="q" type="search" value="${q}" maxlength="100" autocomplete="off" aria-describedby="q-hint"><button class="primary">Find</button></div>
<p class="hint" id="q-hint">A part of a name, the last digits of a number, a team or an id</p>
<details${isSet && html` open`}><summary id="filters">Filter and sort</summary>
<div class="filters">${choice("team", "Team", query.team, any("All teams", choices.teams.map(same)))}
${choice("age", "Age group", query.age, any("All ages", choices.ageGroups.map(same)))}
${choice("season", "Season", query.season, any("All seasons", choices.seasons.map(named(seasonName))))}
${choice("paid", "Payment", query.paid, any("Any", paymentStatuses.map(named(paymentWord))))}
${choice("text", "Text", query.text, any("Any", rowTextStatuses.map(named(textWord))))}
${choice("sort", "Sort", sort, Object.entries(sortNames))}</div>
<button>Show</button></details>
</form>`;
};

const same = (value: string): Option => [value, value];
const named =
  <T extends string>(nameOf: (value: T) => string) =>
  (value: T): Option => [value, nameOf(value)];
const any = (words: string, options: readonly Option[]): readonly Option[] => [["", words], ...options];

const choice = (name: string, label: string, chosen: string, options: readonly Option[]): Html =>
  html`<div><label for="f-${name}">${label}</label>
<select id="f-${name}" name="${name}">${options.map(([value, words]) => html`<option value="${value}"${value === chosen && html` selected`}>${words}</option>`)}</select></div>`;
