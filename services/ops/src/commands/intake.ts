import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withMessaging } from "../messaging.ts";
import { replayChat } from "../recover/replay-chat.ts";
import { readSince } from "../since.ts";

export const addIntake = (program: Command, context: Context): void => {
  program
    .command("intake")
    .summary("resubmit what the chat published")
    .command("replay")
    .description(
      "Resubmits every registration that the chat published over NATS since a given time. What is already stored counts as a " +
        "repeat; what was refused is refused again. Touchline may keep running.",
    )
    .requiredOption("--since <when>", "2026-11-01, today, 24h, 7d, or an instant", readSince(context.runtime.now))
    .action(({ since }: { since: Date }) =>
      withMessaging(context, async (messaging) => {
        const messages = await replayChat(messaging, since, true);
        context.out(`${messages.toLocaleString("en-GB")} registrations resubmitted\n`);
      }),
    );
};
