import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backup, restore, scavenge, startEventStore } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProjection, verify } from "../src/index.ts";
import { tally } from "./tally.ts";

let folder: TemporaryFolder;
let dataDir: string;
let path: string;
const cleanUps: (() => unknown)[] = [];

beforeEach(() => {
  folder = temporaryFolder("projections");
  dataDir = join(folder.path, "store");
  path = join(folder.path, "tally.sqlite");
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  folder.remove();
});

const startStore = async () => {
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

const append = async (store: EventStore, stream: string, count: number) => {
  for (let i = 0; i < count; i++) {
    const last = (await store.read(stream)).at(-1);
    const data = { erasedAt: "2026-09-01T10:00:00.000Z", registrationId: stream, resends: 0, corrections: 0 };
    const event = { id: randomUUID(), type: "RegistrationErased", data, metadata: { service: "test" } };
    await store.append(stream, [event], last?.revision ?? "no_stream");
  }
};

/** The view's rows once it is live, and how often it was rebuilt. */
const project = async (store: EventStore) => {
  const stopping = new AbortController();
  const running = runProjection({ store, projection: tally, path, signal: stopping.signal });
  let rebuilds = 0;
  running.onExchanged(() => rebuilds++);
  await running.ready;
  stopping.abort();
  await running.done;
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = Object.fromEntries(
    db
      .prepare("SELECT stream, events FROM tally ORDER BY stream")
      .all()
      .map((r) => [r.stream, r.events]),
  );
  db.close();
  return { rows, rebuilds };
};

test("after a restore from a backup and new events, the view equals a newly built one", async () => {
  const file = join(folder.path, "backup.db");
  const first = await startStore();
  await append(first.store, "registration-a", 2);
  backup(dataDir, file);
  await append(first.store, "registration-a", 3);
  expect(await project(first.store)).toEqual({ rows: { "registration-a": 5 }, rebuilds: 0 });
  await first.stop();

  restore(file, dataDir, true);
  const second = await startStore();
  await append(second.store, "registration-b", 4);
  expect(await project(second.store)).toEqual({ rows: { "registration-a": 2, "registration-b": 4 }, rebuilds: 1 });
  expect(await verify({ store: second.store, projection: tally, path })).toMatchObject({ found: 0 });
});

test("a view whose last events were erased and scavenged raises no alarm", async () => {
  const first = await startStore();
  await append(first.store, "registration-a", 3);
  expect(await project(first.store)).toEqual({ rows: { "registration-a": 3 }, rebuilds: 0 });
  await append(first.store, "registration-a", 1);
  await first.store.truncateBefore("registration-a", 3n);
  await first.stop();
  expect(scavenge(dataDir).removed).toBe(3);

  const second = await startStore();
  expect(await project(second.store)).toEqual({ rows: { "registration-a": 4 }, rebuilds: 0 });
});
