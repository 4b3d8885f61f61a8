import { streams } from "@touchline/contracts";
import { changeCopies, type StreamCopies, streamCopies } from "@touchline/messaging";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { withMessaging } from "../messaging.ts";
import { Problem } from "../problem.ts";

const names = Object.values(streams);

export const addStreams = (program: Command, context: Context): void => {
  const parent = program
    .command("streams")
    .summary("the copies that NATS keeps of each stream")
    .description("Touchline's JetStream streams: which server leads each, and how many servers have it.");
  parent
    .command("list", { isDefault: true })
    .description("Lists the streams with their copies.")
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (flags: FormatFlags) => {
      const rows = await withMessaging(context, (messaging) => streamCopies(messaging, names));
      print(context, flags, fields, rows);
    });
  parent
    .command("replicas")
    .description(
      "Makes NATS keep this many copies of every stream, and of the places of its consumers. It needs as many servers.",
    )
    .argument("<count>", "1, 3 or 5", readCount)
    .action(async (count: number) => {
      await withMessaging(context, async (messaging) => {
        for (const name of names) {
          const refused = await changeCopies(messaging, name, count);
          if (refused)
            throw new Problem(
              `NATS does not keep ${count} copies of ${name}: ${refused}.`,
              "ops streams shows the copies.",
            );
          context.out(`${name}: ${count}\n`);
        }
      });
      context.say("The servers fill new copies by themselves; ops streams shows when they are in step.");
    });
};

const fields: readonly Field<StreamCopies>[] = [
  { name: "stream", value: ({ stream }) => stream },
  { name: "copies", value: ({ copies }) => copies, align: "right" },
  { name: "in_step", heading: "in step", value: ({ inStep }) => inStep, align: "right" },
  { name: "leader", value: ({ leader }) => leader ?? "none" },
];

const readCount = (text: string): number => {
  if (["1", "3", "5"].includes(text)) return Number(text);
  throw new InvalidArgumentError("Give 1, 3 or 5: an even number of copies is no safer than the odd number below it.");
};
