import { moneyKinds } from "@touchline/contracts";
import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { readWhole } from "../numbers.ts";
import { askAndLook } from "./asked.ts";
import { changer } from "./changes.ts";

interface Flags {
  readonly json?: boolean;
  readonly note: string;
  readonly recordId?: string;
}

const idOption = "the same id again records nothing more (default: a new id)";
const noteOption = "the club's code for it, such as R-0117: no names";

/** Money paid outside GoCardless. */
export const addMoney = (program: Command, context: Context): void => {
  const change = changer(context);
  const record = (
    registrationId: string,
    { note, recordId = context.runtime.uuid(), ...flags }: Flags,
    what: { kind: string; amountPence: number } | { undoes: string },
  ) =>
    change(flags, async (service) => {
      const answer = await askAndLook(
        context,
        () => service.recordMoney({ registrationId, recordId, note, ...what }),
        ({ counts }) => counts,
      );
      const words = answer.changed ? `Recorded as ${recordId}.` : "This was already recorded.";
      const counts = answer.counts ? "It counts." : `Whether it counts: timeline ${registrationId}`;
      return { answer: { ...answer, recordId }, words: `${words} ${counts}` };
    });

  program
    .command("record-money")
    .summary("record cash, a bank transfer, a card at the door or a waiver")
    .description(
      "Records that the signing-on fee, or a part of it, was settled outside GoCardless, or is waived. The link then asks for the rest. Needs the role treasurer.",
    )
    .addArgument(registrationArgument())
    .addOption(new Option("--kind <kind>", "how").choices(moneyKinds).makeOptionMandatory())
    .requiredOption("--pence <amount>", "how much, in pence", readWhole)
    .requiredOption("--note <code>", noteOption)
    .option("--record-id <id>", idOption)
    .addOption(jsonOption())
    .action((registrationId: string, { kind, pence, ...flags }: Flags & { kind: string; pence: number }) =>
      record(registrationId, flags, { kind, amountPence: pence }),
    );

  program
    .command("undo-money")
    .summary("undo a record of money")
    .description(
      "Undoes what record-money recorded, by another record. The link then asks for that money again. Needs the role treasurer.",
    )
    .addArgument(registrationArgument())
    .argument("<record>", "the record's id (see timeline)")
    .requiredOption("--note <code>", noteOption)
    .option("--record-id <id>", idOption)
    .addOption(jsonOption())
    .action((registrationId: string, undoes: string, flags: Flags) => record(registrationId, flags, { undoes }));
};
