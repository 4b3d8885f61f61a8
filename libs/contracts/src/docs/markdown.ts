import type { EventDefinition } from "../events/define.ts";
import { personalEvents } from "../events/personal.ts";
import { STORE_STREAM } from "../events/store.ts";
import { eventSubject } from "../subjects.ts";

interface Catalogued {
  readonly definitions: readonly EventDefinition[];
  readonly consumers: ReadonlyMap<string, readonly string[]>;
  readonly examples: ReadonlyMap<string, object>;
}

const streamsOf = {
  registration: "registration-{registrationId}",
  payment: "payment-{billingRequestId}",
  sms: "sms-{smsId}",
  email: "email-{emailId}",
  digest: "digest-{day}",
  suppression: "suppression-{hash}",
  store: STORE_STREAM,
} as const;

/** docs/events.md. */
export const eventsMarkdown = (catalogued: Catalogued): string => {
  const { definitions } = catalogued;
  return [
    "# Events",
    "",
    "Every event that Touchline stores. Generated from `libs/contracts` by `npm run docs`; a test checks that it is up to date.",
    "",
    "An event is stored as JSON in the stream of its category and relayed to NATS on `events.<category>.<type>`, with the",
    "event's id as `Nats-Msg-Id` and `Touchline-Stream`, `Touchline-Revision`, `Touchline-Position`, `Touchline-Created` and",
    "`Touchline-Metadata` as headers. None of these holds personal data. Metadata has `service` (the one that stored it),",
    "`actor` (the opaque id of the person or program that caused it, where there is one), `$correlationId` (the registration),",
    "`$causationId` (the message or event that led to it) and `traceparent`, which is also a separate header.",
    "",
    "A stored event is never edited. When a shape changes, the old shape stays in `libs/contracts/test/fixtures/events` and an",
    "upcaster turns it into the new one. Readers ignore events and fields that they do not know.",
    "",
    "| event | stored by | read by | |",
    "|---|---|---|---|",
    ...definitions.map(
      (d) => `| [${d.type}](#${d.type.toLowerCase()}) | ${d.producer} | ${readers(catalogued, d)} | ${d.meaning} |`,
    ),
    "",
    ...definitions.flatMap((d) => section(catalogued, d)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
};

const readers = ({ consumers }: Catalogued, { type }: EventDefinition): string =>
  consumers.get(type)?.join(", ") || "–";

const section = (catalogued: Catalogued, definition: EventDefinition): string[] => [
  `## ${definition.type}`,
  "",
  definition.meaning,
  "",
  `Stream \`${streamsOf[definition.category]}\`, subject \`${eventSubject(definition.category, definition.type)}\`. ` +
    `Stored by ${definition.producer}, read by ${readers(catalogued, definition)}.${forgotten(definition)}`,
  "",
  ...fence("json", catalogued.examples.get(definition.type) ?? {}),
  "",
  "<details><summary>JSON Schema</summary>",
  "",
  ...fence("json", definition.schema),
  "",
  "</details>",
  "",
];

const forgotten = ({ type }: EventDefinition): string =>
  (personalEvents as readonly string[]).includes(type) ? " Personal: removed when its registration is erased." : "";

const fence = (language: string, value: unknown): string[] => [
  `\`\`\`${language}`,
  JSON.stringify(value, null, 2),
  "```",
];
