import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chatSubjects, streams } from "@touchline/contracts";
import { connectMessaging, consume, ensureStreams, listDeadLetters, makeConsumer } from "@touchline/messaging";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startProductionNats, users } from "./production-nats.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "touchline-nats-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As it was before: everybody in NATS's default account. */
const usersBefore = (): string => {
  const all = users.map((user) => `{ user: ${user}, password: $${user.toUpperCase().replace("-", "_")}_PASSWORD }`);
  const path = join(folder, "users-before.conf");
  writeFileSync(path, `include ./passwords.conf\nauthorization { users: [${all.join(", ")}] }\n`);
  return path;
};

const intake = {
  stream: streams.chat,
  durable: "registration-intake",
  filter: chatSubjects.registrationCompleted,
} as const;

test("a store of the previous version keeps what waits, what is parked and each consumer's place", async () => {
  const before = await startProductionNats(folder, usersBefore());
  const everybody = await connectMessaging({ url: before.url("operator"), name: "operator" });
  await ensureStreams(everybody);
  await makeConsumer(everybody, intake);
  for (const text of ["accepted before", "waits"]) await everybody.publish(chatSubjects.registrationCompleted, text);
  const consumer = await everybody.js.consumers.get(intake.stream, intake.durable);
  for await (const taken of await consumer.fetch({ max_messages: 1, expires: 5_000 })) taken.ack();
  await everybody.publish("events.test.Happened", "{}", { msgId: "the relay's checkpoint" });
  await everybody.publish("dead.test", "parked");
  await everybody.close();
  await before.stop();

  const after = await startProductionNats(folder);
  expect(readdirSync(join(folder, "jetstream"))).toEqual(["TOUCHLINE"]);
  const registration = await connectMessaging({ url: after.url("registration"), name: "registration" });
  const ending = new AbortController();
  const seen: string[] = [];
  const running = consume(registration, {
    ...intake,
    signal: ending.signal,
    handle: async ({ data }) => {
      seen.push(new TextDecoder().decode(data));
      return "done";
    },
  });
  await expect.poll(() => seen, { timeout: 20_000 }).toEqual(["waits"]);
  ending.abort();
  await running;
  await registration.close();
  const relay = await connectMessaging({ url: after.url("relay"), name: "relay" });
  const last = await relay.jsm.streams.getMessage(streams.events, { seq: 1 });
  expect(last.header.get("Nats-Msg-Id")).toBe("the relay's checkpoint");
  await relay.close();
  const operator = await connectMessaging({ url: after.url("operator"), name: "operator" });
  expect((await listDeadLetters(operator)).length).toBe(1);
  await operator.close();
  await after.stop();

  // A second start finds it there.
  const again = await startProductionNats(folder);
  expect(readdirSync(join(folder, "jetstream"))).toEqual(["TOUCHLINE"]);
  await again.stop();
});
