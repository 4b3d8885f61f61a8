import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { backup, restore, UnusableStore } from "@touchline/embedded";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { embeddedFolder } from "../embedded-folder.ts";
import { Problem } from "../problem.ts";
import { forgetViews } from "../views.ts";

interface Flags {
  readonly data?: string;
}

export const addBackup = (program: Command, context: Context): void => {
  const dataOption = "folder of the events (default: DATA_DIR/eventstore)";

  program
    .command("backup")
    .summary("copy the events to a file, even while Touchline runs")
    .description(
      "Writes one consistent file with every event of the embedded event store, checks it, and prints its size. Touchline may keep " +
        "running. Every view is made from the events, so nothing else needs a backup; keep .env somewhere safe as well.",
    )
    .argument("[file]", "where to (default: backups/touchline-<time>.db)")
    .option("--data <folder>", dataOption)
    .action((file: string | undefined, flags: Flags) => {
      const folder = embeddedFolder(context, flags, serverBackup);
      const target = resolve(file ?? defaultTarget(context.runtime.now()));
      if (existsSync(target))
        throw new Problem(`${target} already exists.`, "Choose another file, or move that one away.");
      explained(
        () => backup(folder, target),
        "Say where the events are with --data or DATA_DIR, or name a file elsewhere.",
      );
      context.out(`${target}\n`);
      context.say(
        `Backed up and checked: ${megabytes(statSync(target).size)}. To use it: npm run ops -- restore ${target}`,
      );
    });

  program
    .command("restore")
    .summary("put a backup in place of the events")
    .description(
      "Puts the events of a backup into the embedded event store's folder, which must not be in use: stop Touchline first. The " +
        "views are rebuilt from the events at the next start.",
    )
    .argument("<file>", "a file that backup has written", existing)
    .option("--data <folder>", dataOption)
    .option("--replace", "move aside the events that are there; without it, restore refuses")
    .action((file: string, flags: Flags & { replace?: boolean }) => {
      const folder = embeddedFolder(context, flags, serverRestore);
      const advice = "Stop Touchline before a restore. --replace moves aside the events that are there.";
      explained(() => restore(file, folder, flags.replace ?? false), advice);
      // Views would still show events that are gone.
      if (folder === resolve(context.config().embeddedStoreFolder)) forgetViews(context);
      context.out(`${folder}\n`);
      context.say(
        "Restored. Before Touchline starts: npm run ops -- recover --yes, which brings back what happened since, erasures too. " +
          "After that: npm start, and npm run ops -- projections verify",
      );
    });
};

const serverBackup =
  "A server is backed up on its own machine: deploy/backup/backup.sh once, and every night in production (docs/operations.md).";
const serverRestore =
  "A server's backup is put in place by deploy/restore.sh, or deploy/kubernetes/restore.sh on a cluster.";

const defaultTarget = (now: Date): string =>
  join("backups", `touchline-${now.toISOString().slice(0, 19).replaceAll(":", "-")}.db`);

const existing = (text: string): string => {
  if (existsSync(text)) return resolve(text);
  throw new InvalidArgumentError("There is no such file.");
};

/** Adds advice to the event store's own words, which are for people. */
export const explained = <T>(work: () => T, advice: string): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnusableStore) throw new Problem(error.message, advice);
    throw error;
  }
};

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
