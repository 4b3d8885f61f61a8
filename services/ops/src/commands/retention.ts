import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createRecoveryWindow } from "@touchline/event-store";
import { createBooks, createQueries, type Kept, keptLongEnough } from "@touchline/registration";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { Problem } from "../problem.ts";
import { withRegistrationService } from "../registration-service.ts";
import { withStore } from "../store.ts";
import { viewsOf } from "../views.ts";

interface Flags extends FormatFlags {
  readonly months?: number;
  readonly yes?: boolean;
}

export const addRetention = (program: Command, context: Context): void => {
  program
    .command("retention")
    .summary("erase families whose season ended long ago")
    .description(
      "Lists the families whose season ended RETENTION_MONTHS ago, and which of them unsettled money keeps. --yes erases the others, as " +
        "erase does. This cannot be undone.",
    )
    .option("--months <months>", "instead of RETENTION_MONTHS", readMonths)
    .option("--yes", "erase them")
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (flags: Flags) => {
      const found = listed(context, flags.months ?? configuredMonths(context));
      if (!flags.yes) {
        show(context, flags, found);
        return;
      }
      await refuseAfterRestore(context);
      const due = found.filter(({ openMoney }) => openMoney.length === 0);
      await withRegistrationService(context, async (service) => {
        for (const { registrationId } of due) {
          await service.eraseRegistration({ registrationId });
          context.progress(registrationId);
        }
      });
      context.out(`Erased ${due.length}; unsettled money keeps ${found.length - due.length}. Next: scavenge.\n`);
    });
};

/** The lost events may include unsettled money, which would keep a family. */
const refuseAfterRestore = async ({ config, runtime }: Context): Promise<void> => {
  const since = await withStore(config(), (store) => createRecoveryWindow(store, runtime)());
  if (!since) return;
  const lost = `Events since ${since.toISOString()} may still be missing after the restore, so nobody was erased.`;
  throw new Problem(lost, "Try again once the window of the recovery is over (npm run ops -- recover end).");
};

const readMonths = (text: string): number => {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number of months, such as 24.");
};

const configuredMonths = ({ env }: Context): number => {
  if (env.RETENTION_MONTHS) return readMonths(env.RETENTION_MONTHS);
  throw new Problem("RETENTION_MONTHS is not set: data is kept for good.", "Set it, or say --months 24.");
};

const listed = (context: Context, months: number): Kept[] => {
  const open = (name: string) => {
    const [view] = viewsOf(context, name);
    if (!view || !existsSync(view.path))
      throw new Problem(`There is no view ${name} here.`, "Run this where the registration service keeps its files.");
    return new DatabaseSync(view.path, { readOnly: true });
  };
  const [registrations, ledger] = [open("registrations"), open("ledger")];
  try {
    const views = { queries: createQueries(registrations, context.runtime.now), books: createBooks(ledger) };
    return [...keptLongEnough(views, months, context.runtime.now())];
  } finally {
    registrations.close();
    ledger.close();
  }
};

const fields: readonly Field<Kept>[] = [
  { name: "registration_id", heading: "registration", value: ({ registrationId }) => registrationId },
  { name: "season", value: ({ season }) => season },
  { name: "team", value: ({ team }) => team },
  { name: "kept_by", heading: "kept, because", value: ({ openMoney }) => openMoney.join("; ") },
];

const show = (context: Context, flags: FormatFlags, found: readonly Kept[]): void => {
  if (found.length === 0 && !flags.json && !flags.csv) context.say("No family's data has been kept for that long.");
  else print(context, flags, fields, found);
  if (found.length > 0) context.say("Nothing was erased. Add --yes to erase them; it cannot be undone.");
};
