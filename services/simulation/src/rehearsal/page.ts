import { type Comparison, dayWords, monthWords, summaryRows } from "./tally.ts";
import { busiestRows, monthRows, purposeRows } from "./terminal.ts";

/** One page with everything in it: no script, and nothing is loaded. */
export const pageOf = (comparison: Comparison, notes: readonly string[]): string => `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rehearsal of a season</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Rehearsal of a season</h1>
<ul class="notes">${notes.map((note) => `<li>${escaped(note)}</li>`).join("")}</ul>
<section>${table("In all", ["", "Today", "Rehearsed", "Difference"], summaryRows(comparison))}</section>
<section><h2>Texts by day</h2>${legend}${days(comparison)}</section>
<section><h2>Texts by hour, in London</h2>${legend}${hours(comparison)}</section>
<div class="pair">
<section>${table("By reason", ["", "Today", "Rehearsed", "Segments", "Cost"], purposeRows(comparison))}</section>
<section>${table("The ten busiest days", ["", "Today", "Rehearsed", "Segments", "Cost"], busiestRows(comparison, 10))}</section>
</div>
<section>${table(
  "By month",
  ["", "Today", "Rehearsed", "Segments", "Cost", "Suspended"],
  monthRows(comparison).map(([month = "", ...cells]) => [month.slice(0, 3), ...cells]),
)}</section>
</main>
</body>
</html>
`;

const legend = `<p class="legend"><span class="next"></span>Rehearsed <span class="today"></span>Today</p>`;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

const table = (caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = ([first = "", ...others]: readonly string[]) =>
    `<tr><th scope="row">${escaped(first)}</th>${others.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
  return `<h2>${escaped(caption)}</h2><div class="scroll"><table><thead><tr>${head
    .map((cell) => (cell ? `<th scope="col">${escaped(cell)}</th>` : "<td></td>"))
    .join("")}</tr></thead><tbody>${rows.map(cells).join("")}</tbody></table></div>`;
};

interface Bar {
  readonly title: string;
  readonly today: number;
  readonly next: number;
}

/** A drawing is stretched to the page's width, so its words are outside it. */
const figure = (
  name: string,
  bars: readonly Bar[],
  ticks: readonly string[],
  draw: (bar: Bar, x: number) => string,
) => {
  const most = mostOf(bars);
  const drawn = bars
    .map((bar, i) => `<g><title>${escaped(bar.title)}: ${bar.next}, today ${bar.today}</title>${draw(bar, 10 * i)}</g>`)
    .join("");
  return (
    `<figure><div class="most">${most}</div>` +
    `<svg role="img" aria-label="${name}" viewBox="0 0 ${10 * bars.length} ${most}" preserveAspectRatio="none">${drawn}</svg>` +
    `<div class="ticks">${ticks.map((tick) => `<span>${tick}</span>`).join("")}</div></figure>`
  );
};

const mostOf = (bars: readonly Bar[]): number => Math.max(1, ...bars.map(({ today, next }) => Math.max(today, next)));

/** Two bars for each point, or, where there are too many points for two, one with a line over it. */
const plot = (name: string, bars: readonly Bar[], ticks: readonly string[], crowded: boolean): string => {
  const most = mostOf(bars);
  const rect = (kind: string, x: number, width: number, value: number) =>
    value === 0 ? "" : `<rect class="${kind}" x="${x}" y="${most - value}" width="${width}" height="${value}"/>`;
  return figure(name, bars, ticks, ({ today, next }, x) =>
    crowded
      ? rect("next", x, 10, next) +
        (today === 0 ? "" : `<path class="today" d="M${x} ${most - today}h10" vector-effect="non-scaling-stroke"/>`)
      : rect("next", x + 1, 4, next) + rect("today", x + 5, 4, today),
  );
};

const days = ({ today, next, days: all, months }: Comparison): string =>
  plot(
    "Texts by day",
    all.map((day) => ({
      title: dayWords(day),
      today: today.byDay.get(day)?.texts ?? 0,
      next: next.byDay.get(day)?.texts ?? 0,
    })),
    months.map((month) => monthWords(month).slice(0, 3)),
    true,
  );

const hours = ({ today, next }: Comparison): string =>
  plot(
    "Texts by hour",
    next.byHour.map(({ texts }, hour) => ({
      title: `${hour}:00`,
      today: today.byHour[hour]?.texts ?? 0,
      next: texts,
    })),
    ["0", "3", "6", "9", "12", "15", "18", "21"],
    false,
  );

const style = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5a6675; --line: #d9dfe6; --paper: #f5f7f9; --card: #fff; --next: #0b6e4f; --today: #c4791a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #9ba8b6; --line: #303b47; --paper: #12181f; --card: #1a222b; --next: #3ecf9a; --today: #e0a24a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
.notes { margin: 0 0 1.25rem; padding: 0; list-style: none; color: var(--soft); overflow-wrap: anywhere; }
.notes li + li { margin-top: .25rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem 1rem; margin-bottom: 1rem; min-width: 0; }
.pair { display: grid; gap: 0 1rem; }
@media (min-width: 60rem) { .pair { grid-template-columns: 1fr 1fr; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem 0 .3rem .75rem; text-align: right; border-bottom: 1px solid var(--line); font-weight: normal; white-space: nowrap; }
thead th { color: var(--soft); font-size: .85rem; }
tbody tr:last-child > * { border-bottom: 0; }
th[scope=row], thead td { text-align: left; padding-left: 0; }
@media (max-width: 30rem) {
  table { font-size: .82rem; }
  thead th { font-size: .72rem; }
  main { padding-inline: .75rem; }
  section { padding-inline: .75rem; }
  th, td { padding-left: .35rem; }
}
figure { margin: 0; }
svg { display: block; width: 100%; height: 11rem; border-bottom: 1px solid var(--line); }
.most { color: var(--soft); font-size: .8rem; border-bottom: 1px dashed var(--line); }
rect.next, .legend .next { fill: var(--next); background: var(--next); }
rect.today, .legend .today { fill: var(--today); background: var(--today); }
path.today { stroke: var(--today); stroke-width: 2; fill: none; }
.ticks { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; color: var(--soft); font-size: .75rem; }
.legend { margin: 0 0 .4rem; color: var(--soft); font-size: .85rem; }
.legend span { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin: 0 .3rem 0 0; }
.legend .today { margin-left: .8rem; }
`;
