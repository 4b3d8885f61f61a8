import { readFileSync } from "node:fs";
import { Fault } from "@touchline/contracts";
import { connectRawStore, copyEvents, markMoved, NotACopy, type RawStore } from "@touchline/event-store";
import { AddressError, parseAddress, showAddress, withoutLogin } from "@touchline/event-store/address";
import type { Command } from "commander";
import { actorOf } from "../actor.ts";
import type { Context } from "../context.ts";
import { Problem } from "../problem.ts";
import { forgetViews } from "../views.ts";

export const addMove = (program: Command, context: Context): void => {
  program
    .command("move")
    .summary("copy every event to another event store, for good")
    .description(
      "Copies every event of the store in EVENTSTORE_URL onto an empty one, compares the two, and marks the old one, so that no " +
        "service starts on it again. Touchline must be stopped; docs/moving-up.md has the steps. A move that was interrupted continues where " +
        "it left off when it is started again.",
    )
    .option("--to <url>", "the empty store, as EVENTSTORE_URL names it")
    .option("--to-file <file>", "the same in a file, so that its password is in no list of processes and no history")
    .action(async (flags: { to?: string; toFile?: string }) => {
      const to = targetOf(flags);
      const from = context.config().eventStoreUrl;
      if (from === to) throw new Problem("This is the same store.", "Name another one with --to.");
      const target = addressOf(to);
      const { events, already, streams } = await withRawStores(from, to, (source, copy) =>
        moveEvents(context, source, copy, target),
      );
      // Their positions are those of the old store.
      forgetViews(context);
      const count = (number: number) => number.toLocaleString("en-GB");
      context.out(
        `${count(events)} events in ${count(streams)} streams are on ${target}, ${count(already)} of them before; compared by id and content\n`,
      );
      context.say("Now set EVENTSTORE_URL to the new store, start Touchline, then: npm run ops -- republish");
    });
};

const targetOf = ({ to, toFile }: { readonly to?: string; readonly toFile?: string }): string => {
  const found = toFile === undefined ? to : contentOf(toFile);
  if (!found || (to && toFile)) throw new Problem("Which store?", "Name the empty one with --to or --to-file.");
  return found;
};

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Problem(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
};

const addressOf = (url: string): string => {
  try {
    return showAddress(parseAddress(url));
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new Problem(`The address of the empty store ${error.message}`, "Such as esdb://127.0.0.1:2113?tls=false.");
  }
};

const moveEvents = async (context: Context, source: RawStore, copy: RawStore, target: string) => {
  const progress = (what: string) => (events: number) => {
    if (events % 1_000 === 0) context.progress(`${what} ${events.toLocaleString("en-GB")} events`);
  };
  const copied = await copyEvents(source, copy, progress("copied"));
  await markMoved(source, target, context.runtime.now(), actorOf(context.config()));
  // Reads both from the first event on, to find what was stored meanwhile or differs.
  const compared = await copyEvents(source, copy, progress("compared"));
  context.progress("");
  if (compared.already < compared.events) {
    throw new Problem(
      "Something was stored in the old store during the move.",
      "Stop every Touchline service, then start the move again: it continues where it left off.",
    );
  }
  return { ...compared, already: copied.already };
};

const withRawStores = async <T>(
  from: string,
  to: string,
  use: (source: RawStore, copy: RawStore) => Promise<T>,
): Promise<T> => {
  const [source, copy] = [connectRawStore(from), connectRawStore(to)];
  try {
    return await use(source, copy);
  } catch (error) {
    if (error instanceof NotACopy) {
      throw new Problem(
        `The store at ${withoutLogin(to)} is neither empty nor a part of this one. ${error.message}`,
        "Move to an empty store. Nothing was changed in the old one.",
      );
    }
    if (!(error instanceof Fault)) throw error;
    throw new Problem(
      `One of the two event stores does not answer (${error.code}): ${withoutLogin(from)} or ${withoutLogin(to)}.`,
      "Start the old store alone (npm run eventstore -- --port 2113 --data data/eventstore) and the new one, then move again: it continues where it left off.",
    );
  } finally {
    await Promise.allSettled([source.close(), copy.close()]);
  }
};
