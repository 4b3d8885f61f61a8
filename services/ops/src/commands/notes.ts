import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Note } from "@touchline/contracts";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print, registrationArgument } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";
import { changer } from "./changes.ts";

/** Operators' notes about a family. */
export const addNotes = (program: Command, context: Context): void => {
  const change = changer(context);

  program
    .command("note")
    .summary("add a note about a family")
    .description("Adds a note about a family. Only operators see it, and it is forgotten with the family.")
    .addArgument(registrationArgument())
    .argument("<text>", "up to 1000 characters")
    .option("--note-id <id>", "the same id again adds nothing more (default: a new id)")
    .addOption(jsonOption())
    .action((registrationId: string, text: string, flags: { json?: boolean; noteId?: string }) =>
      change(flags, async (service) => {
        const noteId = flags.noteId ?? context.runtime.uuid();
        const answer = await service.addNote({ registrationId, noteId, text });
        return {
          answer: { ...answer, noteId },
          words: answer.changed ? `Added as ${noteId}.` : "It was already added.",
        };
      }),
    );

  program
    .command("remove-note")
    .summary("remove a note about a family")
    .description("Removes a note about a family. It cannot be put back.")
    .addArgument(registrationArgument())
    .argument("<note>", "the note's id (see notes)")
    .addOption(jsonOption())
    .action((registrationId: string, noteId: string, flags: { json?: boolean }) =>
      change(flags, async (service) => {
        const answer = await service.removeNote({ registrationId, noteId });
        return { answer, words: answer.changed ? "The note is removed." : "It was already removed." };
      }),
    );

  program
    .command("notes")
    .summary("the notes about a family")
    .description("Lists the notes about a family, oldest first.")
    .addArgument(registrationArgument())
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (registrationId: string, flags: FormatFlags) => {
      const { notes } = await withRegistrationService(context, (service) => service.listNotes({ registrationId }));
      if (notes.length === 0 && !flags.json && !flags.csv) context.say("There are no notes.");
      else print(context, flags, fields, notes);
    });
};

const fields: readonly Field<Note>[] = [
  { name: "note_id", heading: "note", value: (note) => note.noteId },
  { name: "added_at", heading: "added", value: ({ addedAt }) => addedAt && timestampDate(addedAt) },
  { name: "text", value: ({ text }) => text, shown: ({ text }) => text.replaceAll("\n", " / ") },
];
