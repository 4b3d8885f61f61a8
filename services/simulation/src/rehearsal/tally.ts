import { londonDay, londonHour } from "@touchline/london";
import type { SentText } from "./around.ts";
import type { Played } from "./play.ts";

/** Sums of some texts. */
export interface Sum {
  readonly texts: number;
  readonly segments: number;
  readonly pence: number;
}

/** A season in sums. Days and hours are London's. */
export interface Tally {
  readonly total: Sum;
  readonly byPurpose: ReadonlyMap<string, Sum>;
  /** `2026-07` */
  readonly byMonth: ReadonlyMap<string, Sum>;
  /** `2026-07-01` */
  readonly byDay: ReadonlyMap<string, Sum>;
  /** 24 of them. */
  readonly byHour: readonly Sum[];
  readonly busiestDay: string | undefined;
  /** Texts with a letter that GSM-7 lacks, so that a segment holds less. */
  readonly ucs2: number;
  readonly families: number;
  readonly paid: number;
  readonly suspendedFamilies: number;
  readonly suspendedByMonth: ReadonlyMap<string, number>;
}

export const tallyOf = (played: Played, pencePerSegment: number): Tally => {
  const { texts, suspensions } = played;
  const sum = (some: readonly SentText[]): Sum => {
    const segments = some.reduce((all, text) => all + text.segments, 0);
    return { texts: some.length, segments, pence: segments * pencePerSegment };
  };
  const by = (keyOf: (text: SentText) => string) =>
    new Map([...Map.groupBy(texts, keyOf)].map(([key, some]) => [key, sum(some)]));
  const byDay = by(({ at }) => londonDay(at));
  const hours = Map.groupBy(texts, ({ at }) => londonHour(at));
  const months = Map.groupBy(suspensions, (at) => londonDay(at).slice(0, 7));
  return {
    total: sum(texts),
    byPurpose: by(({ purpose }) => purpose),
    byMonth: by(({ at }) => londonDay(at).slice(0, 7)),
    byDay,
    byHour: Array.from({ length: 24 }, (_, hour) => sum(hours.get(hour) ?? [])),
    busiestDay: [...byDay].reduce<[string, Sum] | undefined>(
      (most, day) => (most && most[1].texts >= day[1].texts ? most : day),
      undefined,
    )?.[0],
    ucs2: texts.filter(({ encoding }) => encoding === "UCS-2").length,
    families: played.families,
    paid: played.paidFamilies,
    suspendedFamilies: played.suspendedFamilies,
    suspendedByMonth: new Map([...months].map(([month, some]) => [month, some.length])),
  };
};

/** A season with today's settings, and one with the rehearsed ones. */
export interface Comparison {
  readonly today: Tally;
  readonly next: Tally;
  readonly months: readonly string[];
  readonly days: readonly string[];
}

export const compare = (today: Tally, next: Tally, year: number): Comparison => {
  const first = Date.UTC(year, 6, 1);
  const days = Array.from({ length: (Date.UTC(year + 1, 5, 1) - first) / 86_400_000 }, (_, i) =>
    new Date(first + i * 86_400_000).toISOString().slice(0, 10),
  );
  return { today, next, days, months: [...new Set(days.map((day) => day.slice(0, 7)))] };
};

export const poundsOf = (pence: number): string => `£${(pence / 100).toFixed(2)}`;

const monthNames = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `Jul 2026` */
export const monthWords = (month: string): string =>
  `${monthNames[Number(month.slice(5, 7)) - 1]} ${month.slice(0, 4)}`;

/** `1 Jul 2026` */
export const dayWords = (day: string): string => `${Number(day.slice(8))} ${monthWords(day.slice(0, 7))}`;

/** `+12`, `-3`, `0` */
export const signed = (number: number): string => (number > 0 ? `+${number}` : String(number));

/** The rows that both outputs begin with: a name, today's value, the rehearsed one, and the difference. */
export const summaryRows = ({ today, next }: Comparison): readonly (readonly [string, string, string, string])[] => {
  const numbers = [
    ["Texts", (t: Tally) => t.total.texts],
    ["Segments", (t: Tally) => t.total.segments],
    ["Texts in UCS-2", (t: Tally) => t.ucs2],
    ["Families", (t: Tally) => t.families],
    ["Paid at the end", (t: Tally) => t.paid],
    ["Families suspended", (t: Tally) => t.suspendedFamilies],
  ] as const;
  const rows = numbers.map(
    ([name, of]) => [name, String(of(today)), String(of(next)), signed(of(next) - of(today))] as const,
  );
  const most = (tally: Tally) => (tally.busiestDay ? String(tally.byDay.get(tally.busiestDay)?.texts) : "0");
  const difference = next.total.pence - today.total.pence;
  const cost = `${difference > 0 ? "+" : difference < 0 ? "-" : ""}${poundsOf(Math.abs(difference))}`;
  return [
    ...rows.slice(0, 2),
    ["Cost", poundsOf(today.total.pence), poundsOf(next.total.pence), cost],
    ...rows.slice(2),
    ["Most texts in a day", most(today), most(next), signed(Number(most(next)) - Number(most(today)))],
  ];
};

/** For people, in the order in which a family meets them. */
export const purposeWords: Readonly<Record<string, string>> = {
  payment_link: "Payment link",
  corrected_phone: "Corrected phone",
  reminder: "Reminder",
  confirmation: "Confirmation",
  reopened: "Reopened",
  month_missed: "Month missed",
  mandate_gone: "Mandate gone",
};
