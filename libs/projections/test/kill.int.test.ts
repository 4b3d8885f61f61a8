import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { eventStoreServer, type Server, startProcess } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { tally } from "./tally.ts";

let folder: TemporaryFolder;
let server: Server;
let store: EventStore;
let path: string;

beforeAll(async () => {
  folder = temporaryFolder("projections");
  path = join(folder.path, "tally.sqlite");
  server = await eventStoreServer(folder.path);
  await server.start();
  store = connectEventStore({ url: server.url });
});

afterAll(async () => {
  await store?.close();
  await server?.stop();
  folder.remove();
});

const start = () => startProcess("libs/projections/test/run-tally.ts", { args: [server.url, path] });

const rows = (): number => {
  const db = new DatabaseSync(path, { readOnly: true });
  const { n } = db.prepare("SELECT coalesce(sum(events), 0) AS n FROM tally").get() as { n: number };
  db.close();
  return n;
};

test("a projection that is killed again and again at work counts every event once", async () => {
  let appended = 0;
  const append = async (n: number) => {
    const events = Array.from({ length: n }, () => ({
      id: randomUUID(),
      type: "RegistrationCancelled",
      data: { registrationId: "r", reason: "", cancelledAt: "2026-09-01T10:00:00.000Z" },
      metadata: { service: "test" },
    }));
    await store.append(`registration-${randomUUID()}`, events, "no_stream");
    appended += n;
  };
  for (let round = 0; round < 6; round++) {
    const runner = await start();
    for (let i = 0; i < 10; i++) await append(50);
    await runner.kill();
    await append(50);
  }
  const last = await start();
  await expect.poll(rows, { timeout: 20_000 }).toBe(appended);
  expect(await verify({ store, projection: tally, path })).toMatchObject({ found: 0, events: appended });
  expect(await last.stop()).toBe(0);
});
