import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { streams } from "@touchline/contracts";
import { backup, restore, scavenge, startEventStore } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { systemRuntime } from "@touchline/service";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { natsServer, type Server } from "@touchline/testing/stack";
import { v4 as uuid } from "uuid";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runRelay } from "../src/relay.ts";

let folder: TemporaryFolder;
let nats: Server;
let messaging: Messaging;
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  folder = temporaryFolder("relay");
  nats = await natsServer(mkdtempSync(join(folder.path, "nats-")));
  await nats.start();
  messaging = await connectMessaging({ url: nats.url, name: "test" });
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await messaging.close();
  await nats.stop();
  folder.remove();
});

const relay = (store: EventStore) => {
  const stop = new AbortController();
  const checks: boolean[] = [];
  const done = runRelay({
    store,
    messaging,
    signal: stop.signal,
    resync: new EventTarget(),
    runtime: systemRuntime(),
    onChecked: (exchanged) => checks.push(exchanged),
  });
  const end = async () => {
    stop.abort();
    await done;
  };
  cleanUps.push(end);
  return { checks, end };
};

const append = async (store: EventStore, stream: string) => {
  const { length } = await store.read(stream);
  const data = { code: "1", reason: "test", givenUpAt: "2026-09-01T10:00:00.000Z" };
  const event = { id: uuid(), type: "SmsGivenUp", data, metadata: { service: "test" } };
  await store.append(stream, [event], length === 0 ? "no_stream" : BigInt(length - 1));
};

const storeWith = async (...names: string[]) => {
  const store = memoryEventStore();
  for (const stream of names) await append(store, stream);
  return store;
};

const storedIds = async (store: EventStore) => {
  const ids: string[] = [];
  for await (const { id } of store.readAll()) ids.push(id);
  return ids;
};

const relayedIds = async () => {
  const { state } = await messaging.jsm.streams.info(streams.events);
  const ids: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
    const { header } = await messaging.jsm.streams.getMessage(streams.events, { seq });
    ids.push(header.get("Nats-Msg-Id"));
  }
  return ids;
};

const expectAllRelayed = async (store: EventStore) => {
  const wanted = await storedIds(store);
  await expect.poll(() => relayedIds().catch(() => []), { timeout: 20_000, interval: 100 }).toEqual(wanted);
};

test("nothing is published after positions were reused for other events, until the stream is emptied", async () => {
  const before = await storeWith("sms-a", "sms-a", "sms-b");
  const first = relay(before);
  await expectAllRelayed(before);
  await first.end();

  const other = await storeWith("sms-c", "sms-c", "sms-c", "sms-c");
  const second = relay(other);
  await expect.poll(() => second.checks, { timeout: 10_000 }).toContain(true);
  await append(other, "sms-c");
  // It checks again and finds the same.
  await expect.poll(() => second.checks.length, { timeout: 20_000 }).toBeGreaterThan(1);
  expect(await relayedIds()).toEqual(await storedIds(before));

  await messaging.jsm.streams.purge(streams.events);
  await expectAllRelayed(other);
  expect(second.checks.at(-1)).toBe(false);
});

const embedded = async (dataDir: string) => {
  const server = await startEventStore({ dataDir });
  const store = connectEventStore({ url: server.url });
  let running = true;
  const stop = async () => {
    if (!running) return;
    running = false;
    await store.close();
    await server.stop();
  };
  cleanUps.push(stop);
  return { store, stop };
};

test("a store restored from a backup is noticed, even if it has new events since", async () => {
  const [dataDir, file] = [join(folder.path, "store"), join(folder.path, "backup.db")];
  const first = await embedded(dataDir);
  await append(first.store, "sms-a");
  backup(dataDir, file);
  await append(first.store, "sms-a");
  const before = relay(first.store);
  await expectAllRelayed(first.store);
  const relayed = await relayedIds();
  await before.end();
  await first.stop();

  restore(file, dataDir, true);
  const second = await embedded(dataDir);
  for (let i = 0; i < 3; i++) await append(second.store, "sms-b");
  const after = relay(second.store);
  await expect.poll(() => after.checks, { timeout: 10_000 }).toContain(true);
  expect(await relayedIds()).toEqual(relayed);
});

test("a stream that ends with erased and scavenged events raises no alarm", async () => {
  const dataDir = join(folder.path, "store");
  const first = await embedded(dataDir);
  for (let i = 0; i < 3; i++) await append(first.store, "sms-a");
  const before = relay(first.store);
  await expectAllRelayed(first.store);
  await before.end();
  await append(first.store, "sms-a");
  await first.store.truncateBefore("sms-a", 3n);
  await first.stop();
  expect(scavenge(dataDir).removed).toBe(3);

  const second = await embedded(dataDir);
  const relayed = await relayedIds();
  const after = relay(second.store);
  const wanted = [...relayed, ...(await storedIds(second.store))];
  await expect.poll(() => relayedIds().catch(() => []), { timeout: 20_000, interval: 100 }).toEqual(wanted);
  expect(after.checks).toEqual([false]);
});
