import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault, streams } from "@touchline/contracts";
import { connectRawStore, type RawStore } from "@touchline/event-store";
import { withoutLogin } from "@touchline/event-store/address";
import { ensureStreams, type Messaging } from "@touchline/messaging";
import { type Command, InvalidArgumentError } from "commander";
import { actorOf } from "../actor.ts";
import type { Context } from "../context.ts";
import { withMessaging } from "../messaging.ts";
import { Problem } from "../problem.ts";
import { type BroughtBack, bringBack } from "../recover/bring-back.ts";
import { withOwnServers } from "../recover/own-servers.ts";
import type { Relayed } from "../recover/relayed.ts";
import { replayChat } from "../recover/replay-chat.ts";
import { contentsOf, type StoreContents } from "../recover/store-contents.ts";
import { closeWindow, openSince, openWindow } from "../recover/window.ts";
import { readSince } from "../since.ts";

interface Flags {
  readonly yes?: boolean;
  readonly since?: Date;
  readonly window: number;
}

/** The chat's clock and ours may differ, and its messages were stored a little later. */
const OVERLAP_MS = 600_000;

export const addRecover = (program: Command, context: Context): void => {
  const recovering = program
    .command("recover")
    .summary("after a restore: bring back what NATS still has")
    .description(
      "Appends to the event store each event that NATS holds and the store lacks, resubmits what the chat published since the " +
        "backup, and then has the relay fill NATS from the store. Services must be stopped, and npm start as a whole: it runs its event " +
        "store and NATS meanwhile. NATS must have kept its volume. Without --yes it only says what it would do. It can be run again.",
    )
    .option("--yes", "do it")
    .option(
      "--since <when>",
      "resubmit what the chat published since then (default: ten minutes before the store's last event)",
      readSince(context.runtime.now),
    )
    .option("--window <hours>", "how long each text is looked for at Twilio before it is sent", hours, 72)
    .action((flags: Flags) =>
      withOwnServers(context, !flags.yes, (own) =>
        withRawStore(own, (store) => withMessaging(own, (messaging) => recover(own, flags, store, messaging))),
      ),
    );
  recovering
    .command("end")
    .description("Ends the window of a recovery: texts are no longer looked for at Twilio before they are sent.")
    .action(() =>
      withRawStore(context, (store) => closeWindow(store, actorOf(context.config()), context.runtime.now())),
    );
};

const recover = async (context: Context, flags: Flags, store: RawStore, messaging: Messaging): Promise<void> => {
  await ensureStreams(messaging);
  const { state } = await messaging.jsm.streams.info(streams.events);
  if (state.messages === 0) context.say(nothingKnown);
  const contents = await contentsOf(store);
  const lost = await bringBack(messaging, contents);
  const now = context.runtime.now();
  const since = flags.since ?? lostSince(contents, lost, await openSince(store, now));
  const until = new Date(now.getTime() + flags.window * HOUR_MS);
  // First: if this run dies, the next one finds in the window how far back to go.
  if (flags.yes) await openWindow(store, actorOf(context.config()), since, until);
  const brought = flags.yes ? await bringBack(messaging, contents, store) : lost;
  const handedIn = await replayChat(messaging, since, flags.yes ?? false);
  if (!flags.yes) {
    context.out(
      `Would bring back ${sentence(brought)}, and resubmit ${count(handedIn, "message")} from the chat since ${since.toISOString()}\n`,
    );
    context.say("Nothing was changed. Add --yes to do it.");
    return;
  }
  const file = keepConflicts(context, brought.conflicts);
  // Not before: until now NATS had the only copy.
  await messaging.jsm.streams.purge(streams.events);
  context.out(
    `Brought back ${sentence(brought)}, and resubmitted ${count(handedIn, "message")} from the chat since ${since.toISOString()}\n`,
  );
  if (file)
    context.say(`${file} holds the events whose place is taken. Look at each, then delete it: it may name families.`);
};

/**
 * The store may have been written to since the restore, by an earlier run of this command or by the services, so its last event alone
 * does not show the time of the backup.
 */
const lostSince = ({ until }: StoreContents, { firstLostAt }: BroughtBack, earlierRun: Date | undefined): Date => {
  const ends = [until, firstLostAt].filter((at) => at !== undefined).map((at) => at.getTime());
  const backup = ends.length > 0 ? new Date(Math.min(...ends) - OVERLAP_MS) : new Date(0);
  return earlierRun && earlierRun < backup ? earlierRun : backup;
};

const nothingKnown =
  "NATS has no events: what happened since the backup cannot be brought back from it. Erase again each family that was erased since " +
  "then (npm run ops -- erase <registration id>).";

const HOUR_MS = 3_600_000;

const hours = (text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 1_000) return number;
  throw new InvalidArgumentError("Give a number of hours, such as 72.");
};

const sentence = ({ events, streams: changed, conflicts }: BroughtBack): string =>
  `${count(events, "event")} of ${count(changed, "stream")} (${count(conflicts.length, "conflict")})`;

const count = (number: number, one: string) => `${number.toLocaleString("en-GB")} ${one}${number === 1 ? "" : "s"}`;

const keepConflicts = ({ config, runtime }: Context, conflicts: readonly Relayed[]): string | undefined => {
  if (conflicts.length === 0) return undefined;
  const folder = join(config().dataDir, "ops");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `conflicts-${runtime.now().toISOString().replaceAll(":", "-")}.jsonl`);
  const text = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as unknown;
  const lines = conflicts.map(({ stream, revision, id, type, data, metadata }) =>
    JSON.stringify({ stream, revision: Number(revision), id, type, data: text(data), metadata: text(metadata) }),
  );
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
};

const withRawStore = async <T>({ config }: Context, use: (store: RawStore) => Promise<T>): Promise<T> => {
  const { eventStoreUrl } = config();
  const store = connectRawStore(eventStoreUrl);
  try {
    return await use(store);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Problem(
      `The event store at ${withoutLogin(eventStoreUrl)} does not answer (${error.code}).`,
      "Start it; nothing is lost, and recover can be run again.",
    );
  } finally {
    await store.close();
  }
};
