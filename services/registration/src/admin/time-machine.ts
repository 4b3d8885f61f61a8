import type { StoredEvent } from "@touchline/event-store";
import { londonClock, londonTime } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import { describeEvent } from "@touchline/timeline";
import { type Said, viewsAt } from "../time-machine/views-at.ts";
import { notice } from "./layout.ts";

/** What was shown at an earlier time, and the form that asks for it. `given` is the time in the address. */
export const timeMachine = (events: readonly StoredEvent[], given: unknown, now: Date): Html => {
  const asked = typeof given === "string" && given !== "" ? given : undefined;
  const at = asked === undefined ? undefined : lastMomentOf(asked);
  return html`<details${asked !== undefined && html` open`}><summary id="then">What was shown at an earlier time</summary>
<form method="get" action="#then"><label for="at">Day and time in London</label>
<div class="together"><input id="at" name="at" type="datetime-local" step="1" required value="${asked ?? ""}"><button>Show</button></div></form>
${asked !== undefined && (at && at <= now ? shownAt(events, at) : notice("bad", "Choose a day and time in the past."))}
</details>`;
};

/** Events within the chosen second, or minute, count as already happened. */
const lastMomentOf = (text: string): Date | undefined => {
  const first = londonClock(text);
  return first && new Date(first.getTime() + (text.length > "2026-07-01T16:30".length ? 999 : 59_999));
};

const titles: Readonly<Record<Said["view"], string>> = {
  registration: "Registration",
  account: "Account",
  text: "Text with the link",
};

const shownAt = (events: readonly StoredEvent[], at: Date): Html => {
  const said = viewsAt(events, at);
  if (said.length === 0) return html`<p>Nothing was known of this family at ${londonTime(at)}.</p>`;
  return html`<p>What was shown at ${londonTime(at)}, and since when:</p>
<div class="figures" tabindex="0" role="region" aria-label="What was shown"><table>
<thead><tr><th scope="col">What</th><th scope="col">Said</th><th scope="col">Since</th></tr></thead>
<tbody>${said.map(
    ({ view, name, value, since }) =>
      html`<tr><th scope="row">${titles[view]}${view !== "text" && html`: ${name.replaceAll("_", " ")}`}</th><td>${value}</td><td><a href="#e-${String(since.position)}">${londonTime(since.created)}</a>: ${describeEvent(since).text}</td></tr>`,
  )}</tbody></table></div>`;
};
