import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { isDay, londonDay } from "@touchline/london";
import { textsDatabasePath } from "./config.ts";
import { openReportDatabase, rangeViolation, smsReport, smsReportCsv, smsReportTable } from "./report.ts";

/** `node services/notification/src/report-main.ts --from 2026-03-01 --to 2026-03-31 [--csv] [--database FILE]` */
const today = londonDay(new Date());
const { values } = parseArgs({
  options: {
    from: { type: "string", default: today },
    to: { type: "string", default: today },
    csv: { type: "boolean", default: false },
    database: { type: "string", default: textsDatabasePath(process.env) },
  },
});
const { from, to, csv, database } = values;
const violation =
  isDay(from) && isDay(to) ? rangeViolation(from, to) : "--from and --to must be days such as 2026-03-01.";
if (violation) {
  process.stderr.write(`${violation}\n`);
  process.exitCode = 2;
} else if (existsSync(database)) {
  const days = smsReport(openReportDatabase(database), from, to);
  process.stdout.write(csv ? smsReportCsv(days) : smsReportTable(days));
} else {
  process.stderr.write(
    "There is no view of texts yet. Start the notification service, or name its file with --database.\n",
  );
  process.exitCode = 1;
}
