import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { type RunningEventStore, startEventStore } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { tally } from "./tally.ts";

let folder: string;
let server: RunningEventStore;
let store: EventStore;
let path: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchline-projections-"));
  path = join(folder, "tally.sqlite");
  server = await startEventStore({ dataDir: join(folder, "eventstore") });
  store = connectEventStore({ url: server.url });
});

afterAll(async () => {
  await store?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (): Promise<ChildProcess> => {
  const script = fileURLToPath(new URL("run-tally.ts", import.meta.url));
  const child = spawn(process.execPath, [script, server.url, path], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(child, "message");
  return child;
};

const rows = (): number => {
  const db = new DatabaseSync(path, { readOnly: true });
  const { n } = db.prepare("SELECT coalesce(sum(events), 0) AS n FROM tally").get() as { n: number };
  db.close();
  return n;
};

test("killed again and again in the middle of its work, a projection counts every event once", async () => {
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
    const child = await start();
    for (let i = 0; i < 10; i++) await append(50);
    child.kill("SIGKILL");
    await once(child, "exit");
    await append(50);
  }
  const last = await start();
  await expect.poll(rows, { timeout: 20_000 }).toBe(appended);
  expect(await verify({ store, projection: tally, path })).toMatchObject({ found: 0, events: appended });
  const exit = once(last, "exit");
  last.kill("SIGTERM");
  await exit;
});
