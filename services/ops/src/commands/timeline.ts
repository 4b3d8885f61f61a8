import { styleText } from "node:util";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { londonDay } from "@touchline/london";
import {
  type Clue,
  describeEvent,
  findRegistrations,
  readClue,
  readTimeline,
  type TimelineEntry,
} from "@touchline/timeline";
import type { Command } from "commander";
import { namesFrom } from "../actor.ts";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print, printable, revealOption } from "../formats.ts";
import { Problem } from "../problem.ts";
import { readSince } from "../since.ts";
import { withStore } from "../store.ts";
import { printAt } from "./timeline-at.ts";

interface Flags extends FormatFlags {
  readonly reveal?: boolean;
  readonly thorough?: boolean;
  readonly at?: Date;
}

interface Shown {
  readonly registrationId: string;
  readonly title: string;
  readonly events: readonly StoredEvent[];
  readonly lines: readonly TimelineEntry[];
}

export const addTimeline = (program: Command, context: Context): void => {
  program
    .command("timeline")
    .summary("everything that happened to a family")
    .description(
      "Shows everything that happened to a registration, in order, across the chat, the payment and the texts. " +
        "It needs only the event store. A phone number shows every registration that has or had it.",
    )
    .argument("<whom>", "a registration id, a billing request id (BRQ…), a payment link, or a phone number")
    .option("--thorough", "read every event since the registration, not only the streams that should have its events")
    .option(
      "--at <instant>",
      "what each view said then, and which event had changed it: 2026-11-01T09:00:00Z, 2026-11-01, 7d …",
      readSince(context.runtime.now),
    )
    .addOption(jsonOption())
    .addOption(csvOption())
    .addOption(revealOption())
    .addHelpText(
      "after",
      "\nExamples:\n  timeline 07700900123\n  timeline BRQ0001ABC --reveal\n  timeline b1946ac9-… --json\n  timeline BRQ0001ABC --at 2026-11-01T18:30:00Z",
    )
    .action(async (whom: string, flags: Flags) => {
      const clue = readClue(whom);
      if (!clue) throw new Problem("This is neither a registration id, a billing request nor a phone number.", advice);
      const families = await withStore(context.config(), (store) => find(context, store, clue, flags));
      if (flags.at) printAt(context, flags, families, flags.at);
      else if (flags.json || flags.csv) printAll(context, flags, families);
      else for (const family of families) context.out(`${forPeople(family, context.colours)}\n`);
    });
};

const advice = "Give a registration id, a billing request id (BRQ…), a payment link or a UK mobile number.";

const find = async ({ config, say }: Context, store: EventStore, clue: Clue, flags: Flags): Promise<Shown[]> => {
  const ids = await findRegistrations(store, clue);
  if (ids.length === 0)
    throw new Problem("No registration was found.", `${advice} npm run ops -- list shows them all.`);
  const options = { reveal: flags.reveal ?? false, nameOf: namesFrom(config()) };
  const showOne = async (registrationId: string): Promise<Shown> => {
    const events = await readTimeline(store, registrationId, { thorough: flags.thorough ?? false });
    return {
      registrationId,
      title: titleOf(events),
      events,
      lines: events.map((event) => describeEvent(event, options)),
    };
  };
  const newest = ids.slice(-FAMILY_MAX);
  if (newest.length < ids.length) {
    say(
      `The newest ${FAMILY_MAX} of ${ids.length} registrations with this number. For an older one, give its registration id.`,
    );
  }
  return Promise.all(newest.map(showOne));
};

/** More families share a number only in a test set-up; each takes several reads. */
const FAMILY_MAX = 20;

const titleOf = (events: readonly StoredEvent[]): string => {
  const completed = events.find((event) => event.type === "RegistrationCompleted");
  if (!completed) return "An erased registration";
  const { child, team, ageGroup, season } = completed.data;
  return `${child.firstName} ${child.lastName}, ${team} ${ageGroup} ${season}`;
};

type Row = TimelineEntry & { readonly registrationId: string };

const fields: readonly Field<Row>[] = [
  { name: "registration_id", value: (line) => line.registrationId },
  { name: "at", value: (line) => line.at.toISOString() },
  { name: "service", value: (line) => line.service },
  { name: "from", value: (line) => line.from },
  { name: "by", value: (line) => line.by },
  { name: "event", value: (line) => line.type },
  { name: "stream", value: (line) => line.stream },
  { name: "text", value: (line) => line.text },
  { name: "detail", value: (line) => line.detail },
  { name: "position", value: (line) => line.position },
];

const printAll = (context: Context, flags: Flags, families: readonly Shown[]): void =>
  print(
    context,
    flags,
    fields,
    families.flatMap(({ registrationId, lines }) => lines.map((line) => ({ ...line, registrationId }))),
  );

const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", dateStyle: "full" });

const forPeople = ({ registrationId, title, lines }: Shown, colours: boolean): string => {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const marks = { good: paint("green", "✓"), bad: paint("red", "✗"), plain: "·" };
  const width = Math.max(...lines.map((line) => line.service.length));
  const body = lines.flatMap((line, i) => {
    const previous = lines[i - 1];
    const today =
      previous && londonDay(previous.at) === londonDay(line.at) ? [] : ["", paint("bold", day.format(line.at))];
    const by = line.by ? paint("dim", ` · by ${printable(line.by)}`) : "";
    const from = line.from ? paint("dim", ` ← ${line.from}`) : "";
    const indent = " ".repeat(12 + 2 + width + 2 + 2);
    return [
      ...today,
      `${clock.format(line.at)}  ${line.service.padEnd(width)}  ${marks[line.tone]} ${printable(line.text)}${by}${from}`,
      ...(line.detail ? [paint("dim", `${indent}${printable(line.detail)}`)] : []),
    ];
  });
  return [paint("bold", printable(title)), `registration ${registrationId}; times in London`, ...body, ""].join("\n");
};
