import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { scavenge } from "@touchline/embedded";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { viewsOf } from "../views.ts";
import { explained } from "./backup.ts";

export const addScavenge = (program: Command, context: Context): void => {
  program
    .command("scavenge")
    .summary("remove what was erased from the disk, while Touchline is stopped")
    .description(
      "Removes from the embedded event store's file what can no longer be read, such as what was erased, and packs the " +
        "views, so that no byte of it is left in them. Touchline must be stopped. EventStoreDB has a scavenge of its own " +
        "(docs/operations.md).",
    )
    .option("--data <folder>", "folder of the events (default: DATA_DIR/eventstore)")
    .action((flags: { data?: string }) => {
      const own = resolve(context.config().embeddedStoreFolder);
      const folder = resolve(flags.data ?? own);
      const { removed, kept } = explained(() => scavenge(folder), advice);
      if (folder === own) packViews(context);
      context.out(`${removed.toLocaleString("en-GB")} events removed, ${kept.toLocaleString("en-GB")} kept\n`);
      const aside = readdirSync(folder).filter((name) => name.startsWith("replaced-"));
      for (const name of aside)
        context.say(`${name} holds events that a restore has replaced: delete it when it is of no use.`);
    });
};

const advice = "Stop Touchline before a scavenge, and say where the events are with --data, or set DATA_DIR.";

/** A row that is deleted leaves its bytes in the file until it is written anew. */
const packViews = (context: Context): void => {
  for (const { path } of viewsOf(context)) {
    if (!existsSync(path)) continue;
    const db = new DatabaseSync(path);
    db.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
  }
};
