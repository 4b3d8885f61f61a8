import { type TodayReason, type TodayRow, todayCodes, todayOf } from "./reasons.ts";

export interface TodayEntry<Row> {
  readonly row: Row;
  /** At least one, most urgent first. */
  readonly reasons: readonly [TodayReason, ...TodayReason[]];
}

/** The families that need a human now, each once: sorted by their most urgent reason, then by who has waited longest. */
export const todayList = <Row extends TodayRow>(rows: Iterable<Row>, now: Date): readonly TodayEntry<Row>[] => {
  const entries: TodayEntry<Row>[] = [];
  for (const row of rows) {
    const [first, ...others] = todayOf(row, now);
    if (first) entries.push({ row, reasons: [first, ...others] });
  }
  return entries.sort((a, b) => rankOf(a) - rankOf(b) || (sinceOf(a) < sinceOf(b) ? -1 : 1));
};

const rankOf = ({ reasons: [{ code }] }: TodayEntry<unknown>): number => todayCodes.indexOf(code);

const sinceOf = ({ row, reasons: [{ since }] }: TodayEntry<TodayRow>): string => since ?? row.created_at;
