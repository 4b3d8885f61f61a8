import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { scavenge } from "@touchline/embedded";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { namesServer } from "../embedded-folder.ts";
import { scavengeServer } from "../server-scavenge.ts";
import { viewsOf } from "../views.ts";
import { explained } from "./backup.ts";

export const addScavenge = (program: Command, context: Context): void => {
  program
    .command("scavenge")
    .summary("remove what was erased from the disk")
    .description(
      "Removes from the event store's files what can no longer be read, such as what was erased, and packs the views, so that no " +
        "byte of it is left in them. Touchline must be stopped for the embedded event store. Where EVENTSTORE_URL names a server, " +
        "each of its nodes scavenges while it serves, and this command waits for it.",
    )
    .option("--data <folder>", "folder of the embedded store's events (default: DATA_DIR/eventstore)")
    .action(async (flags: { data?: string }) => {
      if (flags.data === undefined && namesServer(context)) {
        await scavengeServer(context);
        packViews(context);
        return;
      }
      const own = resolve(context.config().embeddedStoreFolder);
      const folder = resolve(flags.data ?? own);
      const { removed, kept } = explained(() => scavenge(folder), advice);
      if (folder === own) packViews(context);
      context.out(`${removed.toLocaleString("en-GB")} events removed, ${kept.toLocaleString("en-GB")} kept\n`);
      const aside = readdirSync(folder).filter((name) => name.startsWith("replaced-"));
      for (const name of aside)
        context.say(`${name} holds events that a restore has replaced: delete it once you no longer need it.`);
    });
};

const advice = "Stop Touchline before a scavenge, and say where the events are with --data, or set DATA_DIR.";

/** A deleted row leaves its bytes in the file until the file is rewritten. */
const packViews = (context: Context): void => {
  for (const { path } of viewsOf(context)) {
    if (!existsSync(path)) continue;
    const db = new DatabaseSync(path);
    // Its service may be using it.
    db.exec("PRAGMA busy_timeout = 10000; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
  }
};
