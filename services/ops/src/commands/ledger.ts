import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { poundsAndPence } from "@touchline/contracts";
import {
  type Books,
  createBooks,
  type LedgerFilter,
  ledgerCsv,
  ledgerSums,
  sumNames,
  sumTotals,
  type Total,
} from "@touchline/registration";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { Problem } from "../problem.ts";
import { viewsOf } from "../views.ts";

interface Flags extends FormatFlags, Pick<LedgerFilter, "season" | "team"> {}

export const addLedger = (program: Command, context: Context): void => {
  program
    .command("ledger")
    .summary("every penny by team, season and month")
    .description(
      "What was expected and what became of it, by team and month, in pounds; --csv gives every due of every family, as the board does; --json is in pence. No provider is asked anything.",
    )
    .option("--season <season>", "only this one, e.g. 2627")
    .option("--team <team>", "only this one")
    .addOption(jsonOption())
    .addOption(csvOption())
    .action((flags: Flags) => {
      const { season, team } = flags;
      withBooks(context, (books) => show(context, flags, books, { season, team }));
    });
};

const show = (context: Context, flags: Flags, books: Books, filter: LedgerFilter): void => {
  if (flags.csv) {
    context.out(ledgerCsv(books, filter));
    return;
  }
  const totals = books.totals(filter);
  if (flags.json) print(context, flags, fields, totals);
  else if (totals.length === 0) context.say("There is no money to show.");
  else print(context, flags, fields, [...totals, { ...sumTotals(totals), season: "", team: "total", month: "" }]);
};

const fields: readonly Field<Total>[] = [
  { name: "season", value: ({ season }) => season },
  { name: "team", value: ({ team }) => team || "unknown" },
  { name: "month", value: ({ month }) => month },
  ...ledgerSums.map(
    (name): Field<Total> => ({
      name,
      heading: sumNames[name].toLowerCase(),
      value: (total) => total[name],
      shown: (total) => poundsAndPence(total[name]),
      align: "right",
    }),
  ),
];

const withBooks = (context: Context, use: (books: Books) => void): void => {
  const [view] = viewsOf(context, "ledger");
  if (!view || !existsSync(view.path)) {
    throw new Problem(
      "There is no ledger here.",
      "Run this where the registration service keeps its files (DATA_DIR).",
    );
  }
  const db = new DatabaseSync(view.path, { readOnly: true });
  try {
    use(createBooks(db, context.runtime.now));
  } finally {
    db.close();
  }
};
