import type { EventStore } from "@touchline/event-store";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption } from "../formats.ts";
import { Problem } from "../problem.ts";
import { registrationOf } from "../registration-of.ts";
import { withRegistrationService } from "../registration-service.ts";
import { withStore } from "../store.ts";

interface Flags {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Three services take part; together they usually take a second. */
const PATIENCE_MS = 30_000;

export const addErase = (program: Command, context: Context): void => {
  program
    .command("erase")
    .summary("forget a family for good")
    .description(
      "Forgets a family: names, numbers and texts. What is still to be paid is cancelled, nothing more is texted, and the " +
        "link answers as if it had never existed. Amounts, ids and dates of payments stay. You cannot undo this. The bytes on the " +
        "disk go with the next scavenge; backups keep theirs until they age out.",
    )
    .argument("<whom>", "a registration id, or a billing request id (BRQ…)")
    .option("--yes", "do not ask; needed where there is no terminal")
    .addOption(jsonOption())
    .action(async (whom: string, flags: Flags) => {
      const registrationId = await registrationOf(context, whom);
      if (!flags.yes) await confirm(context, registrationId);
      const { changed } = await withRegistrationService(context, (service) =>
        service.eraseRegistration({ registrationId }),
      );
      const complete = await withStore(context.config(), (store) => cleared(store, registrationId, context));
      if (flags.json) context.out(`${JSON.stringify({ registrationId, changed, complete })}\n`);
      else context.out(`${changed ? "Erased." : "It was already erased."}${complete ? ` ${done}` : ""}\n`);
      if (!complete)
        throw new Problem("Services that are down or busy still have copies to remove.", "Erase it again to check.");
    });
};

const done = "None of it can be read any more. Next: scavenge, to remove its bytes too (--help says more).";

const confirm = async ({ ask }: Context, registrationId: string): Promise<void> => {
  if (!ask) throw new Problem("Erasing cannot be undone.", "Add --yes.");
  const answer = await ask(`Forget registration ${registrationId} for good? Type erase: `);
  if (answer.trim().toLowerCase() !== "erase") throw new Problem("Nothing was erased.");
};

/** Its own events go last, so when they are gone everything is. */
const cleared = async (store: EventStore, registrationId: string, { runtime }: Context): Promise<boolean> => {
  for (const end = runtime.monotonicMs() + PATIENCE_MS; runtime.monotonicMs() < end; await runtime.sleep(100)) {
    const [first] = await store.read(`registration-${registrationId}`);
    if (first?.type === "RegistrationErased") return true;
  }
  return false;
};
