import { Fault } from "@touchline/contracts";
import { connectRawStore, grantReadAll, Refused } from "@touchline/event-store";
import { withoutLogin } from "@touchline/event-store/address";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { Problem } from "../problem.ts";

export const addStore = (program: Command, context: Context): void => {
  program
    .command("store")
    .summary("set up the event store's server")
    .command("grant")
    .description(
      "Lets a user of the event store's server do what services and views need, and no more: besides the administrators, it may read " +
        "$all. Run it with an administrator in EVENTSTORE_URL; then put the user into the services' URL.",
    )
    .argument("<user>", "a user that exists on the server", userName)
    .action(async (user: string) => {
      const { eventStoreUrl } = context.config();
      const store = connectRawStore(eventStoreUrl);
      try {
        await grantReadAll(store, user);
      } catch (error) {
        if (!(error instanceof Fault || error instanceof Refused)) throw error;
        throw new Problem(
          `The event store at ${withoutLogin(eventStoreUrl)} did not accept the change. ${error.message}`,
          "Is it running, and is the user in EVENTSTORE_URL an administrator?",
        );
      } finally {
        await store.close();
      }
      context.out(`${user} may read $all.\n`);
    });
};

const userName = (text: string): string => {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError("Give the user's name as the server has it.");
};
