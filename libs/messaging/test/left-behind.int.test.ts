import { setTimeout as sleep } from "node:timers/promises";
import { type RunningNats, startNats } from "@touchline/embedded";
import { temporaryFolder } from "@touchline/testing";
import { type Doors, openDoors } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectMessaging, type Messaging } from "../src/index.ts";
import { soon } from "./on-cluster.ts";

const folder = temporaryFolder("left-behind");
let nats: RunningNats;
let doors: Doors;
let messaging: Messaging;

beforeAll(async () => {
  nats = await startNats({ dataDir: folder.path });
  doors = await openDoors("127.0.1.97", nats.url);
  messaging = await connectMessaging({ url: doors.url, name: "test" });
});
afterAll(async () => {
  await messaging.close();
  await doors.close();
  await nats.stop();
  folder.remove();
});

const connections = async (): Promise<number> => {
  const answer = (await (await fetch(`${nats.monitoringUrl}/connz`)).json()) as { num_connections: number };
  return answer.num_connections;
};

test("attempts to reach a silent server leave no connections behind", async () => {
  const putBack = await doors.freeze();
  await soon(() => expect(messaging.connected).toBe(false), 20_000);
  await sleep(5_000);
  await putBack();
  await soon(() => expect(messaging.connected).toBe(true));
  await sleep(1_000);
  expect(await connections()).toBe(1);
});

test("a silent server is left although much was written to it", async () => {
  await soon(() => expect(messaging.connected).toBe(true));
  const putBack = await doors.freeze();
  const much = "x".repeat(500_000);
  for (let i = 0; i < 40; i++) messaging.publishUnanswered("nobody", much, {});
  try {
    await soon(() => expect(messaging.connected).toBe(false), 8_000);
  } finally {
    await putBack();
  }
});

test("closing leaves no connection behind at a server that is silent", async () => {
  const closing = await connectMessaging({ url: doors.url, name: "closing" });
  const putBack = await doors.freeze();
  await closing.close();
  await putBack();
  await soon(() => expect(messaging.connected).toBe(true));
  await sleep(3_000);
  expect([closing.connected, await connections()]).toEqual([false, 1]);
});
