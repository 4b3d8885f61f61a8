import type { StoredEvent } from "@touchline/event-store";
import { londonTime } from "@touchline/london";
import { type Said, viewsAt } from "@touchline/registration";
import { describeEvent } from "@touchline/timeline";
import type { Context } from "../context.ts";
import { type Field, type FormatFlags, print } from "../formats.ts";

type Row = Said & { readonly registrationId: string };

/** What each view showed about these families at a given time, and which event had changed it. */
export const printAt = (
  context: Context,
  flags: FormatFlags,
  families: readonly { readonly registrationId: string; readonly events: readonly StoredEvent[] }[],
  at: Date,
): void => {
  const rows = families.flatMap(({ registrationId, events }) =>
    viewsAt(events, at).map((said): Row => ({ ...said, registrationId })),
  );
  if (rows.length === 0 && !flags.json && !flags.csv)
    context.say(`Nothing was known of it at ${londonTime(at)}, or it was erased.`);
  else print(context, flags, fields, rows);
};

const fields: readonly Field<Row>[] = [
  { name: "registration_id", heading: "registration", value: ({ registrationId }) => registrationId },
  { name: "view", value: ({ view }) => view },
  { name: "name", heading: "what", value: ({ name }) => name },
  { name: "value", heading: "said", value: ({ value }) => value },
  { name: "since", value: ({ since }) => since.created },
  {
    name: "event",
    heading: "changed by",
    value: ({ since }) => since.type,
    shown: ({ since }) => describeEvent(since).text,
  },
  { name: "position", value: ({ since }) => since.position, wide: true },
];
