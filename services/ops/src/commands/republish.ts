import { streams } from "@touchline/contracts";
import { emptyStream } from "@touchline/messaging";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withMessaging } from "../messaging.ts";

export const addRepublish = (program: Command, context: Context): void => {
  program
    .command("republish")
    .summary("have the relay publish every event to NATS again")
    .description(
      "Empties the stream EVENTS of NATS; the relay fills it again from the event store. Needed when the store was replaced, " +
        "for example after a move. Consumers ignore what they have already done. CHAT and dead letters stay.",
    )
    .action(() =>
      withMessaging(context, async (messaging) => {
        const purged = await emptyStream(messaging, streams.events);
        context.out(`${purged.toLocaleString("en-GB")} messages removed; the relay publishes them again\n`);
      }),
    );
};
