import { CORRECTIONS_MAX, type CorrectParentPhoneResponse, RESENDS_MAX } from "@touchline/contracts";
import type { RegistrationClient } from "@touchline/contracts/client";
import { noTextReasons, noTextWords } from "@touchline/registration";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";

interface Flags {
  readonly json?: boolean;
}

/** Makes a change through the registration service, which has the rules, and prints the answer. */
export const changer =
  (context: Context) =>
  async (flags: Flags, work: (service: RegistrationClient) => Promise<{ answer: object; words: string }>) => {
    const { answer, words } = await withRegistrationService(context, work);
    const { $typeName: _, ...fields } = answer as { $typeName?: string };
    context.out(flags.json ? `${JSON.stringify(fields)}\n` : `${words}\n`);
  };

/** Commands that change a registration. */
export const addChanges = (program: Command, context: Context): void => {
  const change = changer(context);

  program
    .command("resend")
    .summary("text a payment link again")
    .description(`Texts the payment link again: at most once a minute, and ${RESENDS_MAX} times a registration.`)
    .addArgument(registrationArgument())
    .addOption(jsonOption())
    .action((registrationId: string, flags: Flags) =>
      change(flags, async (service) => {
        const answer = await service.resendPaymentLink({ registrationId });
        return {
          answer,
          words: `The link is being texted again (${answer.resends} of ${RESENDS_MAX}). See: timeline ${registrationId}`,
        };
      }),
    );

  program
    .command("correct-phone")
    .summary("replace a parent's number, and text the link to it")
    .description(
      `Replaces the parent's number, and texts the link to the new one. At most ${CORRECTIONS_MAX} times a registration.`,
    )
    .addArgument(registrationArgument())
    .argument("<phone>", 'the new number, e.g. "07700 900123"')
    .addOption(jsonOption())
    .action((registrationId: string, parentPhone: string, flags: Flags) =>
      change(flags, async (service) => {
        const answer = await service.correctParentPhone({ registrationId, parentPhone });
        return {
          answer,
          words: answer.changed ? corrected(answer) : "That is already the number; nothing was changed.",
        };
      }),
    );

  program
    .command("cancel")
    .summary("cancel a registration")
    .description("Cancels a registration: no more texts, and the payment link says so. This cannot be undone.")
    .addArgument(registrationArgument())
    .requiredOption("--reason <text>", "why, for the club's records; no names or numbers, please")
    .addOption(jsonOption())
    .action((registrationId: string, flags: Flags & { reason: string }) =>
      change(flags, async (service) => {
        const answer = await service.cancelRegistration({ registrationId, reason: flags.reason });
        return { answer, words: answer.changed ? "The registration is cancelled." : "It was already cancelled." };
      }),
    );
};

const corrected = ({ registrationId, noTextReason }: CorrectParentPhoneResponse): string => {
  // A later version may have reasons that have no words here yet.
  const reason = noTextReasons.find((known) => known === noTextReason);
  const why = reason ? noTextWords(reason) : noTextReason;
  return why
    ? `The number was replaced, but the link is not texted to it: ${why}.`
    : `The number was replaced; the link is being texted to it. See: timeline ${registrationId}`;
};
