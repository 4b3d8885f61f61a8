import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { changer } from "./changes.ts";

/** For parents who cannot reply STOP, because texts come from a name. */
export const addTextsWish = (program: Command, context: Context): void => {
  const change = changer(context);
  const add = (name: string, wanted: boolean, summary: string, description: string, done: string) =>
    program
      .command(name)
      .summary(summary)
      .description(description)
      .addArgument(registrationArgument())
      .addOption(jsonOption())
      .action((registrationId: string, flags: { json?: boolean }) =>
        change(flags, async (service) => {
          const answer = await service.recordTextsWish({ registrationId, wanted });
          return { answer, words: answer.changed ? done : "That was already known; nothing was changed." };
        }),
      );

  add(
    "stop",
    false,
    "no more texts to a parent's number",
    "Does what STOP does, for a parent who asked the club: no more texts to the number, also about brothers and sisters.",
    "The number gets no more texts. To undo it when the parent asks: start.",
  );
  add(
    "start",
    true,
    "texts to a parent's number again",
    "Does what START does, for a parent who asked the club for texts again. What was held back goes out then. " +
      "A parent who texted STOP must also text START: Twilio keeps its own list.",
    "The number may be texted again; a link that was held back goes out within half a minute.",
  );
};
