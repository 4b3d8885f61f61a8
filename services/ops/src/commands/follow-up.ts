import type { RemindTeamResponse } from "@touchline/contracts";
import { londonInstant, londonTime } from "@touchline/london";
import { noReminderReasons, noReminderWords } from "@touchline/registration";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, registrationArgument } from "../formats.ts";
import { Problem } from "../problem.ts";
import { readDay } from "../since.ts";
import { changer } from "./changes.ts";

interface SnoozeFlags {
  readonly until?: string;
  readonly season?: boolean;
  readonly end?: boolean;
  readonly json?: boolean;
}

interface RemindFlags {
  readonly season: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** A snooze ends in the morning. */
const MORNING_HOUR = 8;

/** Commands for families that have not paid. */
export const addFollowUp = (program: Command, context: Context): void => {
  const change = changer(context);

  program
    .command("snooze")
    .summary("pause reminders and suspension for a family")
    .description(
      "Leaves a family alone until a day or for the season: no reminders and no suspension; a suspension ends at once. Afterwards " +
        "the family gets the last reminder that it missed, and a day to pay.",
    )
    .addArgument(registrationArgument())
    .option("--until <day>", "in the morning of this day, such as 2026-10-31", readDay)
    .option("--season", "for the whole season")
    .option("--end", "end it now")
    .addOption(jsonOption())
    .action((registrationId: string, flags: SnoozeFlags) => {
      const until = untilOf(flags, context.runtime.now());
      return change(flags, async (service) => {
        const answer = await service.snoozeRegistration({ registrationId, until });
        return { answer, words: answer.changed ? snoozed(until) : "That was already so; nothing was changed." };
      });
    });

  program
    .command("remind-team")
    .summary("remind all families of a team that have not paid")
    .description(
      "Reminds each family of a team that has not paid: at most once a day, within the limits on texts, and " +
        "not at night.",
    )
    .argument("<team>", "as in list")
    .requiredOption("--season <season>", "such as 2627")
    .option("--dry-run", "only say what it would do")
    .addOption(jsonOption())
    .action((team: string, { season, dryRun = false, ...flags }: RemindFlags) =>
      change(flags, async (service) => {
        const answer = await service.remindTeam({ team, season, dryRun });
        const notReminded = answer.notReminded.map(({ reason, families: count }) => ({ reason, families: count }));
        return { answer: { reminded: answer.reminded, notReminded }, words: reminded(answer, dryRun) };
      }),
    );
};

const untilOf = ({ until, season, end }: SnoozeFlags, now: Date): string => {
  const given = [until !== undefined, season, end].filter(Boolean).length;
  if (given !== 1) throw new Problem("Give one of --until <day>, --season and --end.");
  if (until === undefined) return season ? "season" : "";
  const morning = londonInstant(until, MORNING_HOUR);
  if (morning <= now) throw new Problem(`--until ${until} is over.`, "Give a day to come, or --end to end it now.");
  return morning.toISOString();
};

const snoozed = (until: string): string => {
  if (until === "") return "Reminders continue, and the family can be suspended again.";
  return `No reminders and no suspension ${until === "season" ? "for the whole season" : `until ${londonTime(until)}`}.`;
};

const families = (count: number): string => (count === 1 ? "1 family" : `${count} families`);

const reminded = ({ reminded: count, notReminded }: RemindTeamResponse, dryRun: boolean): string => {
  if (count === 0 && notReminded.length === 0) return "No family of this team and season is unpaid.";
  const first = dryRun ? `${families(count)} would be reminded.` : `${families(count)} reminded.`;
  const others = notReminded.map(({ reason, families: left }) => {
    // A later version may have reasons that have no words here yet.
    const known = noReminderReasons.find((one) => one === reason);
    return `  not ${families(left)}: ${known ? noReminderWords(known) : reason}`;
  });
  return [first, ...others].join("\n");
};
