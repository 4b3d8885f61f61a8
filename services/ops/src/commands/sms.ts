import { existsSync } from "node:fs";
import { londonDay } from "@touchline/london";
import { textsDatabasePath } from "@touchline/notification/config";
import {
  openReportDatabase,
  rangeViolation,
  smsReport,
  smsReportCsv,
  smsReportTable,
} from "@touchline/notification/report";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type FormatFlags, jsonOption } from "../formats.ts";
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
      else context.out(flags.csv ? smsReportCsv(days) : smsReportTable(days));
    });
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
