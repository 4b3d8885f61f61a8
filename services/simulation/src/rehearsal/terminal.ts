import {
  type Comparison,
  dayWords,
  monthWords,
  poundsOf,
  purposeWords,
  type Sum,
  summaryRows,
  type Tally,
} from "./tally.ts";

const none: Sum = { texts: 0, segments: 0, pence: 0 };
const BAR = 30;

/** Lines for a terminal of 100 columns. */
export const terminalLines = (comparison: Comparison): string[] => [
  ...table(["", "Today", "Rehearsed", "Difference"], summaryRows(comparison)),
  "",
  "By reason",
  ...table(["", "Today", "Rehearsed", "Segments", "Cost"], purposeRows(comparison)),
  "",
  "By month",
  ...table(["", "Today", "Rehearsed", "Segments", "Cost", "Suspended"], monthRows(comparison)),
  "",
  ...plot("Texts by week, rehearsed (█) and today (▒)", weeks(comparison)),
  "",
  ...plot("Texts by hour in London, rehearsed (█) and today (▒)", hours(comparison)),
  "",
  "The five busiest days",
  ...table(["", "Today", "Rehearsed", "Segments", "Cost"], busiestRows(comparison, 5)),
];

const both = (today: Sum = none, next: Sum = none): string[] => [
  String(today.texts),
  String(next.texts),
  String(next.segments),
  poundsOf(next.pence),
];

export const purposeRows = ({ today, next }: Comparison): string[][] =>
  Object.entries(purposeWords)
    .filter(([purpose]) => today.byPurpose.has(purpose) || next.byPurpose.has(purpose))
    .map(([purpose, words]) => [words, ...both(today.byPurpose.get(purpose), next.byPurpose.get(purpose))]);

export const monthRows = ({ today, next, months }: Comparison): string[][] =>
  months.map((month) => [
    monthWords(month),
    ...both(today.byMonth.get(month), next.byMonth.get(month)),
    String(next.suspendedByMonth.get(month) ?? 0),
  ]);

export const busiestRows = ({ today, next }: Comparison, count: number): string[][] =>
  [...next.byDay]
    .sort(([, a], [, b]) => b.texts - a.texts)
    .slice(0, count)
    .map(([day, sum]) => [dayWords(day), ...both(today.byDay.get(day), sum)]);

/** First column to the left, the others to the right. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
};

interface Point {
  readonly label: string;
  readonly today: number;
  readonly next: number;
}

const hours = ({ today, next }: Comparison): Point[] =>
  next.byHour.map(({ texts }, hour) => ({
    label: `${String(hour).padStart(2, "0")}:00`,
    today: today.byHour[hour]?.texts ?? 0,
    next: texts,
  }));

const weeks = ({ today, next, days }: Comparison): Point[] => {
  const textsIn = (tally: Tally, week: readonly string[]) =>
    week.reduce((sum, day) => sum + (tally.byDay.get(day)?.texts ?? 0), 0);
  return Array.from({ length: Math.ceil(days.length / 7) }, (_, i) => {
    const week = days.slice(7 * i, 7 * i + 7);
    return { label: dayWords(week[0] ?? ""), today: textsIn(today, week), next: textsIn(next, week) };
  });
};

/** One bar a row: the rehearsed value is dark, and what today has beyond it is light. */
const plot = (title: string, points: readonly Point[]): string[] => {
  const most = Math.max(1, ...points.map(({ today, next }) => Math.max(today, next)));
  const width = (value: number) => (value === 0 ? 0 : Math.max(1, Math.round((value / most) * BAR)));
  const label = Math.max(...points.map((point) => point.label.length));
  const rows = points.map(({ label: name, today, next }) => {
    const bar = "█".repeat(width(next)) + "▒".repeat(Math.max(0, width(today) - width(next)));
    return `${name.padStart(label)} ${bar.padEnd(BAR)} ${String(next).padStart(4)}${today === next ? "" : ` (today ${today})`}`;
  });
  return [title, ...rows];
};
