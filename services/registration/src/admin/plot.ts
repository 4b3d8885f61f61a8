import { type Html, html } from "@touchline/service/html";
import type { Day } from "../read-model/days.ts";
import { shortDay } from "./words.ts";

const series = [
  { key: "registrations", name: "Registered", many: "registrations" },
  { key: "texts", name: "Texted", many: "texts" },
  { key: "payments", name: "Paid", many: "payments" },
] as const;

const STEP = 10;
const GAP = 2;
const HEIGHT = 40;

/** One row of bars for each series, on one scale of days. The figures are below, for people who cannot see the bars. */
export const plot = (days: readonly Day[]): Html => {
  return html`<section class="plot" aria-labelledby="plot-title">
<h2 id="plot-title">The last four weeks</h2>
<div class="all-series">${series.map((one) => bars(days, one))}</div>
<details><summary id="plot-figures">Day by day</summary>${table(days)}</details>
</section>`;
};

const bars = (days: readonly Day[], { key, name, many }: (typeof series)[number]): Html => {
  const total = days.reduce((sum, day) => sum + day[key], 0);
  const most = Math.max(1, ...days.map((day) => day[key]));
  const today = days.at(-1)?.[key] ?? 0;
  return barRow({
    look: key,
    name,
    total: String(total),
    latest: `${today} today`,
    label: `${total} ${many} in four weeks, ${today} of them today; at most ${most} on a day`,
    bars: days.map((day) => ({ value: day[key], title: `${shortDay(day.day)}: ${day[key]}` })),
  });
};

export interface BarRow {
  readonly look: (typeof series)[number]["key"];
  readonly name: string;
  /** The total of all bars, and the value of the latest. */
  readonly total: string;
  readonly latest: string;
  readonly label: string;
  readonly bars: readonly { readonly value: number; readonly title: string }[];
}

export const barRow = ({ look, name, total, latest, label, bars }: BarRow): Html => {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return html`<figure class="series ${look}">
<figcaption>${name} <strong>${total}</strong> <span class="quiet">${latest}</span></figcaption>
<svg viewBox="0 0 ${bars.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
${bars.map(({ value, title }, index) => bar(index, value, title, most))}
</svg></figure>`;
};

const bar = (index: number, value: number, title: string, most: number): Html => {
  // An empty bar is a line, so that the bars can be counted.
  const height = value === 0 ? 1 : Math.max(3, (value / most) * HEIGHT);
  const [x, y] = [index * STEP + GAP / 2, (HEIGHT - height).toFixed(1)];
  return html`<rect class="${value === 0 ? "none" : "some"}" x="${x}" y="${y}" width="${STEP - GAP}" height="${height.toFixed(1)}"><title>${title}</title></rect>`;
};

const table = (
  days: readonly Day[],
): Html => html`<div class="figures" tabindex="0" role="region" aria-label="Day by day"><table>
<thead><tr><th scope="col">Day</th>${series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${[...days]
  .reverse()
  .map(
    (day) =>
      html`<tr><th scope="row">${shortDay(day.day)}</th>${series.map(({ key }) => html`<td>${day[key]}</td>`)}</tr>`,
  )}</tbody></table></div>`;
