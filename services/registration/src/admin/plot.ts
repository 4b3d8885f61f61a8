import type { Day } from "./days.ts";
import { type Html, html } from "./html.ts";
import { shortDay } from "./words.ts";

const series = [
  { key: "registrations", name: "Registrations" },
  { key: "texts", name: "Texts" },
  { key: "payments", name: "Payments" },
] as const;

type Key = (typeof series)[number]["key"];

const STEP = 10;
const GAP = 2;
const HEIGHT = 40;

/** One row of bars for each, on one scale of days; the figures themselves stand below for whoever cannot see bars. */
export const plot = (days: readonly Day[]): Html => {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return html``;
  return html`<section class="plot" aria-labelledby="plot-title">
<h2 id="plot-title">The last ${days.length} days</h2>
${series.map(({ key, name }) => bars(days, key, name))}
<p class="axis" aria-hidden="true"><span>${shortDay(first.day)}</span><span>today</span></p>
<details><summary id="plot-figures">The figures</summary>${table(days)}</details>
</section>`;
};

const bars = (days: readonly Day[], key: Key, name: string): Html => {
  const total = days.reduce((sum, day) => sum + day[key], 0);
  const most = Math.max(1, ...days.map((day) => day[key]));
  const today = days.at(-1)?.[key] ?? 0;
  return html`<figure class="series ${key}">
<figcaption><span class="swatch" aria-hidden="true"></span>${name} <strong>${total}</strong> <span class="quiet">today ${today}</span></figcaption>
<svg viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${name} a day: ${total} in all, at most ${most} on a day, ${today} today">
${days.map((day, index) => bar(day, index, day[key], most))}
</svg></figure>`;
};

const bar = (day: Day, index: number, count: number, most: number): Html => {
  // A day with nothing keeps a line, so that the days can be counted.
  const height = count === 0 ? 1 : Math.max(3, (count / most) * HEIGHT);
  const [x, y] = [index * STEP + GAP / 2, (HEIGHT - height).toFixed(1)];
  return html`<rect class="${count === 0 ? "none" : "some"}" x="${x}" y="${y}" width="${STEP - GAP}" height="${height.toFixed(1)}"><title>${shortDay(day.day)}: ${count}</title></rect>`;
};

const table = (
  days: readonly Day[],
): Html => html`<div class="figures" tabindex="0" role="region" aria-label="The figures"><table>
<thead><tr><th scope="col">Day</th>${series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${[...days]
  .reverse()
  .map(
    (day) =>
      html`<tr><th scope="row">${shortDay(day.day)}</th>${series.map(({ key }) => html`<td>${day[key]}</td>`)}</tr>`,
  )}</tbody></table></div>`;
