import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { catalogue, chatSubjects, streams } from "@touchline/contracts";
import { deadLetterDepth, walkMessages } from "@touchline/messaging";
import type { Found, Invariant } from "./found.ts";

export const everythingRelayed: Invariant = async ({ world, gateway }) => {
  const stored: string[] = [];
  for await (const event of world.store.readAll()) if (catalogue.has(event.type)) stored.push(event.id);
  const relayed: string[] = [];
  for await (const { header } of walkMessages(gateway, { stream: streams.events, subject: "events.>" }))
    relayed.push(header("Nats-Msg-Id") ?? "");
  const at = stored.findIndex((id, index) => relayed[index] !== id);
  if (at < 0 && stored.length === relayed.length) return [];
  return [`${stored.length} events are stored, ${relayed.length} relayed; they differ from the ${at + 1}th on`];
};

const HOUR_MS = 3_600_000;

export const everythingEnded: Invariant = async (found) => [
  ...(await refusals(found)),
  ...(await deadLetters(found)),
  ...overdueTexts(found),
];

/** Families submit only valid data here. */
const refusals = async ({ gateway }: Found): Promise<string[]> => {
  const refused: string[] = [];
  for await (const { data } of walkMessages(gateway, {
    stream: streams.chat,
    subject: chatSubjects.registrationRefused,
  }))
    refused.push(`refused: ${new TextDecoder().decode(data)}`);
  return refused;
};

const deadLetters = async ({ gateway }: Found): Promise<string[]> =>
  [...(await deadLetterDepth(gateway))].map(([durable, depth]) => `${depth} dead letters of ${durable}`);

/** Chores that were due an hour ago, by the view of texts. */
const overdueTexts = ({ world: { services, machine } }: Found): string[] =>
  services
    .filter(({ service }) => service === "notification")
    .flatMap(({ env }) => overdueIn(env.DATA_DIR ?? "", machine.clock.nowMs() - HOUR_MS));

const overdueIn = (dataDir: string, before: number): string[] => {
  const file = new DatabaseSync(join(dataDir, "notification", "texts.sqlite"), { readOnly: true });
  try {
    const rows = file.prepare("SELECT sms_id, due_what, due_at FROM texts WHERE due_at < ?").all(before);
    return rows.map(
      ({ sms_id, due_what }) => `text ${String(sms_id)} waits for "${String(due_what)}" for more than an hour`,
    );
  } finally {
    file.close();
  }
};
