import { ConfigError } from "@touchline/service";
import { Command, CommanderError } from "commander";
import { addAmendments } from "./commands/amend.ts";
import { addBackup } from "./commands/backup.ts";
import { addChanges } from "./commands/changes.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addErase } from "./commands/erase.ts";
import { addExport } from "./commands/export.ts";
import { addExportSeason } from "./commands/export-season.ts";
import { addFollowUp } from "./commands/follow-up.ts";
import { addIntake } from "./commands/intake.ts";
import { addLedger } from "./commands/ledger.ts";
import { addList } from "./commands/list.ts";
import { addMoney } from "./commands/money.ts";
import { addMove } from "./commands/move.ts";
import { addNotes } from "./commands/notes.ts";
import { addOperators } from "./commands/operators.ts";
import { addProjections } from "./commands/projections.ts";
import { addReconcile } from "./commands/reconcile.ts";
import { addRecover } from "./commands/recover.ts";
import { addRefund } from "./commands/refund.ts";
import { addReplies } from "./commands/replies.ts";
import { addRepublish } from "./commands/republish.ts";
import { addRetention } from "./commands/retention.ts";
import { addScavenge } from "./commands/scavenge.ts";
import { addSms } from "./commands/sms.ts";
import { addStore } from "./commands/store.ts";
import { addStreams } from "./commands/streams.ts";
import { addTextsWish } from "./commands/texts-wish.ts";
import { addTimeline } from "./commands/timeline.ts";
import { addToday } from "./commands/today.ts";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";

/** From sysexits.h: the command was used incorrectly. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

/** Runs one command line. Resolves with the exit code; for anything but 0 the reason has been printed. */
export const runOps = async (args: readonly string[], context: Context): Promise<number> => {
  const program = new Command("npm run ops --")
    .description("What operators do with Touchline. Settings are those of npm start, .env included.")
    .exitOverride()
    .showHelpAfterError("(--help after the command says more)")
    .configureOutput({ writeOut: context.out, writeErr: (text) => context.say(text.trimEnd()) });
  for (const add of [
    addToday,
    addTimeline,
    addList,
    addLedger,
    addChanges,
    addAmendments,
    addErase,
    addExport,
    addExportSeason,
    addRetention,
    addFollowUp,
    addMoney,
    addNotes,
    addRefund,
    addOperators,
    addDeadLetters,
    addProjections,
    addBackup,
    addScavenge,
    addSms,
    addStore,
    addStreams,
    addMove,
    addReplies,
    addTextsWish,
    addRepublish,
    addReconcile,
    addRecover,
    addIntake,
  ])
    add(program, context);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return explain(error, context);
  }
};

const explain = (error: unknown, { say }: Context): number => {
  // Commander has already printed it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof Problem) {
    say(error.advice ? `${error.message}\n${error.advice.replaceAll(/^/gm, "  ")}` : error.message);
    return 1;
  }
  if (error instanceof ConfigError) {
    say(`${error.message}\n  Settings come from the environment and .env; .env.example explains each.`);
    return EXIT_CONFIG;
  }
  say(`This should not have happened: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
};
