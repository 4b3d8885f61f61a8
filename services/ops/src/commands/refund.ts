import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { readWhole } from "../numbers.ts";
import { askAndLook } from "./asked.ts";
import { changer } from "./changes.ts";

interface Flags {
  readonly json?: boolean;
  readonly pence: number;
  readonly refundId?: string;
}

export const addRefund = (program: Command, context: Context): void => {
  const change = changer(context);
  program
    .command("refund")
    .summary("give money back to a family")
    .description(
      "Gives money back through GoCardless: of what was paid twice, of the signing-on fee or of one month, in this order. Needs the role treasurer.",
    )
    .addArgument(registrationArgument())
    .requiredOption("--pence <amount>", "how much, in pence", readWhole)
    .option("--refund-id <id>", "the same id again asks for nothing more (default: a new id)")
    .addOption(jsonOption())
    .action((registrationId: string, flags: Flags) =>
      change(flags, async (service) => {
        const refundRequestId = flags.refundId ?? context.runtime.uuid();
        const wish = { registrationId, amountPence: flags.pence, refundRequestId };
        const answer = await askAndLook(
          context,
          () => service.refundPayment(wish),
          ({ made }) => made,
        );
        const words = answer.made
          ? "GoCardless has accepted the refund."
          : `GoCardless has not answered yet. See: timeline ${registrationId}`;
        return { answer, words: answer.changed ? words : `This refund was already asked for. ${words}` };
      }),
    );
};
