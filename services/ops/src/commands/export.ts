import { catalogue } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { describeEvent, readTimeline } from "@touchline/timeline";
import type { Command } from "commander";
import { namesFrom } from "../actor.ts";
import type { Context } from "../context.ts";
import { newFileArgument, writeNew } from "../new-file.ts";
import { Problem } from "../problem.ts";
import { registrationOf } from "../registration-of.ts";
import { withStore } from "../store.ts";

export const addExport = (program: Command, context: Context): void => {
  program
    .command("export")
    .summary("everything stored of a family, for a subject access request")
    .description(
      "Writes every event of a registration to a new file that only its owner may read, as JSON: what the chat submitted, the payments, " +
        "each text with its words, and what was said about its numbers. Each event has a sentence beside it. It names people: " +
        "hand it to the person who asked, then delete it. GoCardless and Twilio hold the payer's bank details and the texts, and answer for themselves.",
    )
    .argument("<whom>", "a registration id, or a billing request id (BRQ…)")
    .argument("<file>", newFileArgument)
    .action(async (whom: string, file: string) => {
      const registrationId = await registrationOf(context, whom);
      const events = await withStore(context.config(), (store) =>
        readTimeline(store, registrationId, { thorough: true }),
      );
      if (events.length === 0) throw new Problem("There is no such registration.");
      const text = `${JSON.stringify(exported(registrationId, events, context), null, 2)}\n`;
      context.say(`${events.length} events are in ${writeNew(context, file, text)}.`);
    });
};

const exported = (registrationId: string, events: readonly StoredEvent[], { config, runtime }: Context) => {
  const options = { reveal: true, nameOf: namesFrom(config()) };
  return {
    registrationId,
    exportedAt: runtime.now().toISOString(),
    events: events.map((event) => {
      const { text, detail, by, service } = describeEvent(event, options);
      const { stream, type, data } = event;
      const meaning = catalogue.get(type)?.meaning;
      return { at: event.created.toISOString(), what: text, detail, by, service, stream, type, meaning, data };
    }),
  };
};
