import { type Doors, type NatsCluster, openDoors, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectMessaging, consume, ensureStreams, type Messaging } from "../src/index.ts";
import { DURABLE, SUBJECT, soon } from "./on-cluster.ts";

/** The third unanswered ping is noticed within 4.5 s; a busy machine adds to that. */
const NOTICED_WITHIN_MS = 8_000;

let cluster: NatsCluster;
let doors: Doors;
let messaging: Messaging;
let consuming: Promise<void>;
const seen = new Set<string>();
const ending = new AbortController();

beforeAll(async () => {
  cluster = await startNatsCluster("silent");
  doors = await openDoors("127.0.1.98", cluster.url);
  messaging = await connectMessaging({ url: doors.url, name: "test" });
  await soon(() => ensureStreams(messaging));
  consuming = consume(messaging, {
    stream: "EVENTS",
    durable: DURABLE,
    filter: SUBJECT,
    signal: ending.signal,
    handle: async ({ data }) => {
      seen.add(new TextDecoder().decode(data));
      return "done";
    },
  });
}, 120_000);

afterAll(async () => {
  ending.abort();
  await consuming;
  await messaging?.close();
  await doors?.close();
  await cluster?.stop();
});

test.each(["reject", "freeze", "freezeAnswers"] as const)(
  "a client that is cut off from all servers notices, and consumes again afterwards: %s",
  async (how) => {
    const passes = async (text: string) => {
      await soon(() => messaging.publish(SUBJECT, text, { msgId: text }), 60_000);
      await soon(() => expect([...seen]).toContain(text));
    };
    await passes(`before ${how}`);
    const putBack = await doors[how]();
    try {
      await soon(() => expect(messaging.connected).toBe(false), NOTICED_WITHIN_MS);
    } finally {
      await putBack();
    }
    await passes(`after ${how}`);
  },
);
