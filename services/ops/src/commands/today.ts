import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { ListTodayResponse, TodayItem } from "@touchline/contracts";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";

const LIMIT = 500;

export const addToday = (program: Command, context: Context): void => {
  program
    .command("today")
    .summary("the families that need a human, and what to do about each")
    .description(
      "Lists who needs a human now, most urgent first, as the board does. Whatever is dealt with leaves the list by itself.",
    )
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (flags: FormatFlags) => {
      const today = await withRegistrationService(context, (service) => service.listToday({ limit: LIMIT }));
      if (today.items.length === 0 && !flags.json && !flags.csv) context.say("No family needs anyone now.");
      else print(context, flags, fields, today.items);
      for (const remark of remarks(today)) context.say(remark);
    });
};

const remarks = ({ items, total, deadLetters }: ListTodayResponse): string[] => [
  ...(total > items.length ? [`These are the ${items.length} most urgent of ${total} families.`] : []),
  ...(deadLetters ? [`Dead letters: ${deadLetters}. See: npm run ops -- dead-letters list`] : []),
];

const fields: readonly Field<TodayItem>[] = [
  { name: "registration_id", heading: "registration", value: ({ registration }) => registration?.registrationId },
  { name: "child_name", heading: "child", value: ({ registration }) => registration?.childName },
  {
    name: "team",
    value: ({ registration }) => registration?.team,
    shown: ({ registration: r }) => `${r?.team} ${r?.ageGroup}`,
  },
  { name: "reasons", value: ({ reasons }) => reasons.map(({ code }) => code).join(" "), wide: true },
  { name: "since", value: ({ reasons: [first] }) => first?.since && timestampDate(first.since) },
  { name: "why", value: ({ reasons }) => reasons.map(({ sentence }) => sentence).join(" ") },
  { name: "next_step", heading: "next step", value: ({ reasons: [first] }) => first?.nextStep },
];
