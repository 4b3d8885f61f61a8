import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createRecoveryWindow, type EventStore } from "@touchline/event-store";
import { type Projection, positionIn } from "@touchline/projections";
import {
  createBooks,
  createQueries,
  type Kept,
  keptFamily,
  keptLongEnough,
  retentionMonths,
} from "@touchline/registration";
import { readConfig } from "@touchline/service";
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
      const months = flags.months ?? configuredMonths(context);
      await withViews(context, async (views) => {
        const found = [...keptLongEnough(views, months, context.runtime.now())];
        if (flags.yes) await eraseAll(context, views, found);
        else show(context, flags, found);
      });
    });
};

const eraseAll = async (context: Context, views: Views, found: readonly Kept[]): Promise<void> => {
  await refuseAfterRestore(context);
  await refuseIfBehind(context, views);
  let [erased, kept] = [0, 0];
  await withRegistrationService(context, async (service) => {
    for (const { registrationId } of found) {
      // The rows were read a while ago, and an erasure cannot be undone.
      const family = keptFamily(views, registrationId);
      if (!family) continue;
      if (family.openMoney.length > 0) {
        kept++;
        continue;
      }
      await service.eraseRegistration({ registrationId });
      erased++;
      context.progress(registrationId);
    }
  });
  context.out(`Erased ${erased}; unsettled money keeps ${kept}. Next: scavenge.\n`);
};

/** A view whose service works has taken what is stored by then. */
const CATCH_UP_MS = 10_000;
const LOOK_EVERY_MS = 250;

/** Money that is missing from the rows would not keep a family. */
const refuseIfBehind = ({ config, runtime }: Context, { files }: Views): Promise<void> =>
  withStore(config(), async (store) => {
    const head = (await store.head()) ?? -1n;
    const givesUpAt = runtime.monotonicMs() + CATCH_UP_MS;
    for (const view of files) {
      while (await isBehind(store, view, head)) {
        if (runtime.monotonicMs() > givesUpAt)
          throw new Problem(
            `The view ${view.projection.name} does not follow the events, so nobody was erased.`,
            "Start the registration service, or see in its log why it does not.",
          );
        await runtime.sleep(LOOK_EVERY_MS);
      }
    }
  });

const isBehind = async (store: EventStore, { projection, db }: OpenView, head: bigint): Promise<boolean> => {
  const reached = positionIn(db);
  const from = { prefixes: projection.prefixes, ...(reached >= 0n && { after: reached }) };
  for await (const { position } of store.readAll(from)) return position <= head;
  return false;
};

/** The lost events may include unsettled money, which would keep a family. */
const refuseAfterRestore = async ({ config, runtime }: Context): Promise<void> => {
  const since = await withStore(config(), (store) => createRecoveryWindow(store, runtime)());
  if (!since) return;
  const lost = `Events since ${since.toISOString()} may still be missing after the restore, so nobody was erased.`;
  throw new Problem(lost, "Try again once the window of the recovery is over (npm run ops -- recover end).");
};

const readMonths = (text: string): number => {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number of months, such as 24.");
};

const configuredMonths = ({ env }: Context): number => {
  const months = readConfig(env, retentionMonths);
  if (months !== undefined) return months;
  throw new Problem("RETENTION_MONTHS is not set: data is kept for good.", "Set it, or say --months 24.");
};

interface OpenView {
  readonly projection: Projection;
  readonly db: DatabaseSync;
}

type Views = ReturnType<typeof openViews>;

const openViews = (context: Context) => {
  const open = (name: string): OpenView => {
    const [view] = viewsOf(context, name);
    if (!view || !existsSync(view.path))
      throw new Problem(`There is no view ${name} here.`, "Run this where the registration service keeps its files.");
    return { projection: view.projection, db: new DatabaseSync(view.path, { readOnly: true }) };
  };
  const [registrations, ledger] = [open("registrations"), open("ledger")];
  const queries = createQueries(registrations.db, context.runtime.now);
  return { queries, books: createBooks(ledger.db, context.runtime.now), files: [registrations, ledger] };
};

const withViews = async (context: Context, use: (views: Views) => Promise<void>): Promise<void> => {
  const views = openViews(context);
  try {
    await use(views);
  } finally {
    for (const { db } of views.files) db.close();
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
