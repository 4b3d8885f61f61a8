import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { readWhole } from "../numbers.ts";
import { Problem } from "../problem.ts";
import { changer } from "./changes.ts";

interface Flags {
  readonly json?: boolean;
}

interface AmendFlags extends Flags {
  readonly team?: string;
  readonly ageGroup?: string;
  readonly child?: readonly string[];
  readonly parent?: readonly string[];
  readonly monthlyPence?: number;
  readonly paymentDay?: number;
}

/** The service refuses a missing part, and names it. */
const personOf = ([firstName = "", lastName = "", ...more]: readonly string[]) => {
  if (more.length > 0)
    throw new Problem(
      "A name has two parts: first and last.",
      'Put a part of several words in quotes: "Mary Jane" Smith',
    );
  return { firstName, lastName };
};

/** Corrections to what was submitted. */
export const addAmendments = (program: Command, context: Context): void => {
  const change = changer(context);

  program
    .command("release")
    .summary("release a registration that is held as a possible duplicate")
    .description(
      "Gives a held registration its payment link and text, because it is not the same child twice. Its timeline names the other one. Cancel a real duplicate instead.",
    )
    .addArgument(registrationArgument())
    .addOption(jsonOption())
    .action((registrationId: string, flags: Flags) =>
      change(flags, async (service) => {
        const answer = await service.releaseRegistration({ registrationId });
        const words = answer.changed ? "Released: its link is being made and will be texted." : "It was not held.";
        return { answer, words };
      }),
    );

  program
    .command("amend")
    .summary("correct a team, an age group or a name, or agree a new monthly fee or payment day")
    .description(
      "Corrects what was submitted. Texts already sent keep the old name; later ones have the new one. Give both parts of a name. A new monthly fee or payment day counts from the next collection on, and each month is still collected once: one that is less than ten days away may have begun, and stays as it is. GoCardless e-mails the parent before it collects, unless the club has switched that off there; Touchline texts nobody about it. Fee and day need the role treasurer.",
    )
    .addArgument(registrationArgument())
    .option("--team <name>", "the team")
    .option("--age-group <group>", "u7 to u18, or open")
    .option("--child <name...>", "the child's first and last name, each in quotes if need be")
    .option("--parent <name...>", "the same for the parent")
    .option("--monthly-pence <amount>", "the monthly fee, in pence; 0 to end it", readWhole)
    .option("--payment-day <day>", 'a day of the month, or "last"', (day) => (day === "last" ? -1 : readWhole(day)))
    .addOption(jsonOption())
    .action(
      (registrationId: string, { team, ageGroup, child, parent, monthlyPence, paymentDay, ...flags }: AmendFlags) =>
        change(flags, async (service) => {
          const answer = await service.amendRegistration({
            registrationId,
            ...(team !== undefined && { team }),
            ...(ageGroup !== undefined && { ageGroup }),
            ...(child && { child: personOf(child) }),
            ...(parent && { parent: personOf(parent) }),
            ...(monthlyPence !== undefined && { monthlyFeePence: monthlyPence }),
            ...(paymentDay !== undefined && { preferredPaymentDay: paymentDay }),
          });
          const isMoney = monthlyPence !== undefined || paymentDay !== undefined;
          const amended = isMoney ? `Amended. What follows at GoCardless: timeline ${registrationId}` : "Amended.";
          return { answer, words: answer.changed ? amended : "It is the same as before." };
        }),
    );
};
