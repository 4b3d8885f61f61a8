import { scrub } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import {
  type DeadLetter,
  dropDeadLetter,
  listDeadLetters,
  type Messaging,
  redriveDeadLetter,
  showDeadLetter,
} from "@touchline/messaging";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print, printable } from "../formats.ts";
import { withMessaging } from "../messaging.ts";
import { Problem } from "../problem.ts";

interface Chosen {
  readonly all?: boolean;
  readonly durable?: string;
}

const MANY = 10_000;

export const addDeadLetters = (program: Command, context: Context): void => {
  const parent = program
    .command("dead-letters")
    .summary("messages that could not be handled")
    .description(
      "What a consumer could not handle after its retries waits in the DEAD_LETTERS stream until somebody looks.",
    );
  addList(parent, context);
  addShow(parent, context);
  addRedrive(parent, context);
  addDrop(parent, context);
};

const fields: readonly Field<DeadLetter>[] = [
  { name: "id", value: (letter) => letter.id, align: "right" },
  { name: "consumer", value: (letter) => letter.durable },
  { name: "subject", value: (letter) => letter.subject },
  { name: "reason", value: (letter) => letter.reason.slice(0, 80) },
  { name: "tries", value: (letter) => letter.deliveries, align: "right" },
  { name: "first_failure", value: (letter) => letter.firstFailureAt, wide: true },
  { name: "last_failure", heading: "last failure", value: (letter) => letter.lastFailureAt },
];

const addList = (parent: Command, context: Context): void => {
  parent
    .command("list")
    .description("Lists dead letters, oldest first.")
    .option("--durable <consumer>", "only those of one consumer, e.g. notification-intake")
    .option("--limit <count>", "at most this many", readId, 100)
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (flags: FormatFlags & { durable?: string; limit: number }) => {
      const letters = await withMessaging(context, (messaging) => listDeadLetters(messaging, flags));
      if (letters.length === 0 && !flags.json && !flags.csv) context.say("No dead letters.");
      else print(context, flags, fields, letters);
      if (letters.length === flags.limit) context.say(`There may be more: --limit ${flags.limit * 10}`);
    });
};

const addShow = (parent: Command, context: Context): void => {
  parent
    .command("show")
    .description("Shows one dead letter: why it is here, its headers, and with --reveal its content.")
    .argument("<id>", "its id in the list", readId)
    .option("--reveal", "show the content, which may hold names and numbers")
    .addOption(jsonOption())
    .action(async (id: number, flags: { reveal?: boolean; json?: boolean }) => {
      const letter = await withMessaging(context, (messaging) => showDeadLetter(messaging, id));
      if (!letter) throw gone(id);
      const { payload, ...rest } = letter;
      const content = flags.reveal ? textOf(payload) : undefined;
      if (flags.json) context.out(`${JSON.stringify({ ...rest, ...(flags.reveal && { content }) }, null, 2)}\n`);
      else context.out(forPeople(letter, content));
    });
};

const addRedrive = (parent: Command, context: Context): void => {
  parent
    .command("redrive")
    .description(
      "Gives dead letters to their consumer again. Those that it handles leave the list; those that fail again stay. Redriving " +
        "twice does no harm.",
    )
    .argument("[id]", "its id in the list", readId)
    .option("--all", "every dead letter, oldest first")
    .option("--durable <consumer>", "every dead letter of one consumer")
    .action(async (id: number | undefined, flags: Chosen) => {
      const failed = await withMessaging(context, async (messaging) => {
        const ids = await choose(messaging, id, flags);
        let count = 0;
        for (const one of ids) {
          const { done, words } = await redriveOne(messaging, one);
          if (!done) count++;
          context.out(`${one}: ${words}\n`);
        }
        if (ids.length === 0) context.say("No dead letters.");
        return count;
      });
      if (failed > 0)
        throw new Problem(`${failed} could not be handled and are still listed.`, "dead-letters show <id> says why.");
    });
};

const redriveOne = async (messaging: Messaging, id: number): Promise<{ done: boolean; words: string }> => {
  const outcome = await redriveDeadLetter(messaging, id);
  switch (outcome.outcome) {
    case "done":
      return { done: true, words: "handled" };
    case "gone":
      return { done: true, words: "already gone: handled or dropped before" };
    case "failed":
      return { done: false, words: `failed again: ${printable(scrub(outcome.reason))}` };
    case "no_consumer":
      return { done: false, words: `no service consumes ${outcome.durable} now: is it running?` };
  }
};

const addDrop = (parent: Command, context: Context): void => {
  parent
    .command("drop")
    .description("Deletes dead letters for good, once what they say no longer matters.")
    .argument("[id]", "its id in the list", readId)
    .option("--all", "every dead letter")
    .option("--durable <consumer>", "every dead letter of one consumer")
    .option("--yes", "needed with --all and --durable")
    .action(async (id: number | undefined, flags: Chosen & { yes?: boolean }) => {
      if (id === undefined && (flags.all || flags.durable !== undefined) && !flags.yes)
        throw new Problem("This deletes several dead letters for good.", "Add --yes.");
      await withMessaging(context, async (messaging) => {
        for (const one of await choose(messaging, id, flags)) {
          context.out(`${one}: ${(await dropDeadLetter(messaging, one)) ? "dropped" : "already gone"}\n`);
        }
      });
    });
};

const choose = async (messaging: Messaging, id: number | undefined, { all, durable }: Chosen): Promise<number[]> => {
  const ways = [id !== undefined, all === true, durable !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new Problem("Say which: an id, --durable <consumer>, or --all.", "dead-letters list shows them.");
  if (id !== undefined) return [id];
  return (await listDeadLetters(messaging, { durable, limit: MANY })).map((letter) => letter.id);
};

const readId = (text: string): number => {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, 1 or more.");
};

const gone = (id: number) =>
  new Problem(`There is no dead letter ${id}.`, "It was handled or dropped; dead-letters list shows the others.");

const textOf = (payload: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return `base64 ${Buffer.from(payload).toString("base64")}`;
  }
};

const forPeople = (letter: DeadLetter, content: string | undefined): string => {
  const rows: [string, string][] = [
    ["dead letter", String(letter.id)],
    ["consumer", letter.durable],
    ["from", `${letter.subject}, ${letter.stream} ${letter.sequence}`],
    ["published", when(letter.publishedAt)],
    ["failed", `${letter.deliveries} times, from ${when(letter.firstFailureAt)} to ${when(letter.lastFailureAt)}`],
    ["reason", letter.reason],
    ["stack", letter.stack.replaceAll(" | ", "\n              ")],
    ...Object.entries(letter.headers),
    ["content", content ?? "hidden: it may hold names and numbers; --reveal shows it"],
  ];
  return `${rows.map(([name, value]) => `${name.padEnd(12)}  ${value.split("\n").map(printable).join("\n")}`).join("\n")}\n`;
};

const when = (instant: string) => (Number.isNaN(Date.parse(instant)) ? "?" : londonTime(instant));
