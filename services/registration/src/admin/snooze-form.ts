import { isSnoozed } from "@touchline/contracts";
import { addLondonDays, londonDay, londonInstant } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Row } from "../read-model/row.ts";
import { owes } from "../today/next-actions.ts";
import { longTime } from "./words.ts";

interface SnoozeView {
  readonly row: Row;
  readonly allows: (act: Act) => boolean;
  readonly now: Date;
}

const choices = [
  ["7", "one week"],
  ["14", "two weeks"],
  ["28", "four weeks"],
  ["season", "the whole season"],
] as const;

/** A snooze ends in the morning. */
const MORNING_HOUR = 8;

/** What was chosen, as SnoozeRegistrationRequest says it; undefined for what the form does not offer. */
export const snoozeChosen = (chosen: string, now: Date): string | undefined => {
  if (chosen === "end") return "";
  const [value] = choices.find(([offered]) => offered === chosen) ?? [];
  if (value === undefined || value === "season") return value;
  return londonInstant(londonDay(addLondonDays(now, Number(value))), MORNING_HOUR).toISOString();
};

/** For families that owe: pauses reminders and suspension. If there is a snooze, the form offers to end it first. */
export const snoozeForm = ({ row, allows, now }: SnoozeView, base: string, token: Html): Html | undefined => {
  const until = isSnoozed(row.snoozed_until, now) ? row.snoozed_until : null;
  if (!allows("snooze") || (until === null && !owes(row))) return undefined;
  return html`<details${until !== null && html` open`}><summary id="snooze-title">Leave this family alone</summary>
${
  until !== null &&
  html`<form method="post" action="${base}/snooze">${token}<input type="hidden" name="for" value="end">
<p>No reminders and no suspension ${until === "season" ? "for the whole season" : html`until ${longTime(until, now)}`}.</p>
<button>Resume reminders</button></form>`
}
<form method="post" action="${base}/snooze">${token}
<label for="snooze-for">For</label>
<p class="hint" id="snooze-hint">No reminders and no suspension; a suspension ends at once. The family leaves Today unless it asks for something. Afterwards it gets the last reminder it missed, and a day to pay.</p>
<div class="together"><select id="snooze-for" name="for" aria-describedby="snooze-hint">${choices.map(([value, words]) => html`<option value="${value}">${words}</option>`)}</select><button class="primary">Leave alone</button></div>
</form></details>`;
};
