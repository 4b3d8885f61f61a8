import { Fault, poundsAndPence } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { londonTime } from "@touchline/london";
import { lastReport, type ReconciliationReport, reconcileByHand } from "@touchline/payment-link/reconciliation";
import { createLogger } from "@touchline/service/log";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption } from "../formats.ts";
import { Problem } from "../problem.ts";
import { withStore } from "../store.ts";

interface Flags {
  readonly json?: boolean;
  readonly last?: boolean;
}

export const addReconcile = (program: Command, context: Context): void => {
  program
    .command("reconcile")
    .summary("compare GoCardless's books with the events, penny by penny")
    .description(
      "Compares what GoCardless knows about money with what Touchline stored, adds what is missing, and lists what still differs, " +
        "as payment-link does each day. It only reads from GoCardless, and needs GOCARDLESS_ACCESS_TOKEN; --last needs only the event store.",
    )
    .option("--last", "show the last report, and compare nothing")
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      const report = await withStore(context.config(), (store) =>
        flags.last ? lastReport(store) : run(context, store),
      );
      if (!report) throw new Problem("There is no report yet.", "payment-link makes the first when it starts.");
      context.out(`${flags.json ? JSON.stringify(report, null, 2) : forPeople(report)}\n`);
      if (report.unexplained > 0)
        throw new Problem("Not everything is explained.", "See docs/runbooks/money-unexplained.md.");
    });
};

const run = async ({ env, runtime }: Context, store: EventStore): Promise<ReconciliationReport> => {
  const signal = new AbortController().signal;
  const log = createLogger("ops", "silent");
  try {
    return await reconcileByHand({ store, env, runtime, signal, log });
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith("provider_")) throw error;
    throw new Problem("GoCardless does not answer.", `Nothing was compared. ${error.message}`);
  }
};

const forPeople = (report: ReconciliationReport): string => {
  const { compared, differences, unexplained, removed, foreign, repaired, repairedLate } = report;
  const line = (name: string, words: string | number) => `${name.padEnd(15)}${words}`;
  return [
    `${poundsAndPence(report.unexplainedPence)} unexplained`,
    "",
    line("compared", `${londonTime(report.finishedAt)} (London)`),
    line("collected", `${poundsAndPence(report.keptPence)}, less what went back`),
    ...Object.entries(compared).map(([name, number]) => line(name, number)),
    line("repaired", `${repaired} that were missing here, ${repairedLate} of them older than seven days`),
    line("removed", `${removed} of customers whose data GoCardless no longer has`),
    line("not ours", `${foreign} in the same account that are not Touchline's`),
    ...(unexplained === 0 ? [] : ["", `${unexplained} ${unexplained === 1 ? "differs" : "differ"}:`]),
    ...differences.map(
      ({ kind, id, registrationId = "unknown", pence, ours, theirs }) =>
        `  ${poundsAndPence(pence)}  ${kind} ${id}  registration ${registrationId}: "${inWords(ours)}" here, "${inWords(theirs)}" at GoCardless`,
    ),
  ].join("\n");
};

/** `charged back` of `charged_back` */
const inWords = (code: string): string => code.replaceAll("_", " ");
