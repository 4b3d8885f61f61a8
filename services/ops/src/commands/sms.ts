import { existsSync } from "node:fs";
import { londonDay } from "@touchline/london";
import { textsDatabasePath } from "@touchline/notification/config";
import {
  failedBecause,
  openReportDatabase,
  rangeViolation,
  type SmsReportDay,
  smsReport,
} from "@touchline/notification/report";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { Problem } from "../problem.ts";
import { readDay } from "../since.ts";

interface Flags extends FormatFlags {
  readonly from?: string;
  readonly to?: string;
}

const WEEK_MS = 6 * 86_400_000;

export const addSms = (program: Command, context: Context): void => {
  const parent = program
    .command("sms")
    .summary("texts, what became of them and what they cost")
    .description("Texts, what became of them and what they cost.");
  parent
    .command("report")
    .description(
      "Texts a day: sent, delivered, failed by reason, segments and cost as Twilio reports it. Days are London's.",
    )
    .option("--from <day>", "first day, e.g. 2026-11-01 (default: six days before the last)", readDay)
    .option("--to <day>", "last day (default: today)", readDay)
    .addOption(jsonOption())
    .addOption(csvOption())
    .action((flags: Flags) => {
      const to = flags.to ?? londonDay(context.runtime.now());
      const from = flags.from ?? londonDay(new Date(Date.parse(`${to}T12:00:00Z`) - WEEK_MS));
      const violation = rangeViolation(from, to);
      if (violation) throw new Problem(violation, "Give --from and --to in this order, ten years at most.");
      const days = readReport(context, from, to);
      if (flags.json) context.out(`${JSON.stringify(days, null, 2)}\n`);
      else print(context, flags, fields, days);
      if (!flags.json && !flags.csv) context.out(reasonsIn(days));
    });
};

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
const entries = (counts: Readonly<Record<string, number>>, show: (n: number) => string): string =>
  Object.entries(counts)
    .map(([key, n]) => `${key} ${show(n)}`)
    .join("; ");
const cost = ({ costMicros }: SmsReportDay): string => entries(costMicros, (micros) => (micros / 1e6).toFixed(4));

const fields: readonly Field<SmsReportDay>[] = [
  { name: "day", value: ({ day }) => day },
  { name: "sent", value: ({ sent }) => sent, align: "right" },
  { name: "delivered", value: ({ delivered }) => delivered, align: "right" },
  { name: "failed", value: ({ failed }) => total(failed), align: "right" },
  // In one column: a line for each would repeat the day's totals.
  { name: "failed_by_reason", value: ({ failed }) => entries(failed, String), wide: true },
  { name: "segments", value: ({ segments }) => segments, align: "right" },
  {
    name: "cost",
    value: cost,
    shown: (day) => `${cost(day)}${day.unpriced > 0 ? ` (${day.unpriced} without a price yet)` : ""}`.trim(),
  },
  { name: "unpriced", value: ({ unpriced }) => unpriced, wide: true },
];

const reasonsIn = (days: readonly SmsReportDay[]): string => {
  const counts = new Map<string, number>();
  for (const [code, n] of days.flatMap(({ failed }) => Object.entries(failed)))
    counts.set(code, (counts.get(code) ?? 0) + n);
  const lines = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `  ${n} × ${code}: ${failedBecause(code)}`);
  return lines.length > 0 ? `\nFailed, by reason:\n${lines.join("\n")}\n` : "";
};

const readReport = ({ env, config }: Context, from: string, to: string) => {
  const path = textsDatabasePath({ ...env, DATA_DIR: config().dataDir });
  if (!existsSync(path)) {
    const advice = "Run this where the notification service keeps its files (DATA_DIR).";
    throw new Problem("There is no view of texts here.", advice);
  }
  const db = openReportDatabase(path);
  try {
    return smsReport(db, from, to);
  } finally {
    db.close();
  }
};
