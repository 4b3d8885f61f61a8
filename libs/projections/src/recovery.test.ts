import { closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createHealth, createMetrics } from "@touchline/service";
import { type SmallDisk, smallDisk, type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observeProjections } from "./observe.ts";
import type { Projection } from "./projection.ts";
import { createRecovery } from "./recovery.ts";
import { type RunningProjection, runProjection } from "./runner.ts";
import { verify } from "./verify.ts";
import { ViewFile } from "./view-file.ts";

const PATIENTLY = { timeout: 20_000 };

let folder: TemporaryFolder;
let disk: SmallDisk | undefined;
let store: EventStore;
let ending: AbortController;
let running: RunningProjection | undefined;

beforeEach(() => {
  folder = temporaryFolder("recovery");
  store = memoryEventStore();
  ending = new AbortController();
});

const stop = async (): Promise<void> => {
  ending.abort();
  await running?.done;
  ending = new AbortController();
};

afterEach(async () => {
  await stop();
  running = undefined;
  disk?.remove();
  disk = undefined;
  folder.remove();
});

/** Goals by team, and a report that takes up room. */
const scores: Projection = {
  name: "scores",
  version: 1,
  prefixes: ["team-"],
  schema: "CREATE TABLE scores (team TEXT, number INTEGER, report TEXT NOT NULL) STRICT",
  prepare: (db) => {
    const add = db.prepare("INSERT INTO scores VALUES (?, ?, ?)");
    return ({ stream, revision }) => void add.run(stream, Number(revision), "x".repeat(1_000));
  },
};

let count = 0;
const score = async (goals = 1): Promise<void> => {
  for (let i = 0; i < goals; i++) {
    const before = (await store.read("team-lions")).length;
    const event = { id: `event-${++count}`, type: "Scored", data: {}, metadata: { service: "test" } };
    await store.append("team-lions", [event], before === 0 ? "no_stream" : BigInt(before - 1));
  }
};

const run = (path: string) => {
  const one = runProjection({ store, projection: scores, path, signal: ending.signal });
  running = one;
  const [metrics, health] = [createMetrics("test"), createHealth()];
  const warnings: string[] = [];
  observeProjections({ metrics, health, log: { warn: (_, sentence) => void warnings.push(sentence) } }, [one]);
  const statement = one.db.prepare("SELECT count(*) AS n, count(DISTINCT number) AS different FROM scores");
  const rows = () => {
    const row = statement.get();
    expect(row?.different).toBe(row?.n);
    return row?.n;
  };
  const reason = async () => (await health.report()).checks.projection_scores_file?.reason;
  const isReady = async () => (await health.report()).ready;
  const metric = async (name: string) =>
    Number(new RegExp(`^${name}{.*?} (\\S+)$`, "m").exec(await metrics.registry.metrics())?.[1]);
  return { ...one, rows, reason, isReady, metric, warnings };
};

const AGES =
  "The view scores cannot be written and is falling behind. It resumes by itself once the file can be written.";
const REBUILT = "The file of the view scores is damaged. It is being rebuilt from the first event.";

test("a view whose disk is full reports that it falls behind, can still be read, and goes on by itself when there is room", async (context) => {
  disk = smallDisk(600);
  if (!disk) return context.skip("this user may not mount a file system");
  const path = join(disk.path, "scores.sqlite");
  await score(10);
  const { ready, rows, status, reason, isReady, metric, warnings } = run(path);
  await ready;
  disk.fill();
  await score(300);
  await expect.poll(() => status().state, PATIENTLY).toBe("waiting");
  expect(await reason()).toContain("its disk is full");
  expect(await isReady()).toBe(true);
  expect(await metric("touchline_projection_lag_events")).toBeGreaterThan(0);
  expect(Number(rows())).toBeGreaterThanOrEqual(10);
  expect(Number(rows())).toBeLessThan(310);
  disk.makeRoom();
  await expect.poll(rows, PATIENTLY).toBe(310);
  await expect.poll(() => status().state, PATIENTLY).toBe("live");
  expect(warnings).toEqual([AGES]);
  expect(await verify({ store, projection: scores, path })).toMatchObject({ found: 0 });
});

test("a view whose disk is full at the start cannot be read, and is built when there is room", async (context) => {
  disk = smallDisk(600);
  if (!disk) return context.skip("this user may not mount a file system");
  await score(10);
  disk.fill();
  const { ready, rows, status, reason, warnings } = run(join(disk.path, "folder", "scores.sqlite"));
  expect(status().state).toBe("waiting");
  expect(rows).toThrow("cannot be read");
  expect(await reason()).toContain("its disk is full");
  disk.makeRoom();
  await ready;
  expect(rows()).toBe(10);
  expect(warnings).toEqual([AGES]);
});

test("a view that another process has locked waits for it", async () => {
  const path = join(folder.path, "scores.sqlite");
  await score(2);
  const { ready, rows, status, onStatus, reason } = run(path);
  await ready;
  const states: string[] = [];
  onStatus(() => states.push(status().state));
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  await score(3);
  await expect.poll(() => status().state, PATIENTLY).toBe("waiting");
  expect(await reason()).toContain("another process has it locked");
  expect(rows()).toBe(2);
  other.exec("ROLLBACK");
  other.close();
  await expect.poll(rows, PATIENTLY).toBe(5);
  await expect.poll(() => status().state, PATIENTLY).toBe("live");
  expect(states).toEqual(["waiting", "live"]);
});

test("a view that another process has locked at the start is opened when it is free", async () => {
  const path = join(folder.path, "scores.sqlite");
  await score(2);
  await run(path).ready;
  await stop();
  const other = new DatabaseSync(path);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const { ready, rows, status } = run(path);
  expect(status().state).toBe("waiting");
  other.close();
  await ready;
  expect(rows()).toBe(2);
});

const overwrite = (path: string, at: number, length = 4_096) => {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(file);
};

test.each([
  ["is not a database", (path: string) => writeFileSync(path, "x".repeat(10_000))],
  ["was overwritten at its beginning", (path: string) => overwrite(path, 0)],
  ["was overwritten in the middle", (path: string) => overwrite(path, 4_096, statSync(path).size - 8_192)],
  ["was cut off", (path: string) => truncateSync(path, statSync(path).size - 8_192)],
])("a view's file that %s is rebuilt, which is logged and counted", async (_what, damage) => {
  const path = join(folder.path, "scores.sqlite");
  await score(100);
  await run(path).ready;
  await stop();
  damage(path);
  const { ready, rows, status, warnings, metric } = run(path);
  await ready;
  expect(status().state).toBe("live");
  expect(rows()).toBe(100);
  expect(warnings).toEqual([REBUILT]);
  expect(await metric("touchline_projection_damaged_total")).toBe(1);
});

test("a view's file that is damaged while in use is rebuilt", async () => {
  const path = join(folder.path, "scores.sqlite");
  await score(100);
  const { ready, rows, db, warnings, metric, status } = run(path);
  await ready;
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  overwrite(path, 0, statSync(path).size);
  db.exec("PRAGMA shrink_memory");
  expect(rows).toThrow("it is damaged");
  await expect.poll(() => status().state, PATIENTLY).toBe("live");
  await expect.poll(rows, PATIENTLY).toBe(100);
  await score();
  await expect.poll(rows, PATIENTLY).toBe(101);
  expect(warnings).toEqual([REBUILT]);
  expect(await metric("touchline_projection_damaged_total")).toBe(1);
  expect(await verify({ store, projection: scores, path })).toMatchObject({ found: 0 });
});

test("damage that several queries find at once leads to one rebuild", async () => {
  const path = join(folder.path, "scores.sqlite");
  const file = new ViewFile(path);
  const timers: (() => void)[] = [];
  const runtime = {
    after: (_ms: number, run: () => void) => {
      timers.push(run);
      return () => {};
    },
  };
  let rebuilds = 0;
  const recovery = createRecovery({
    file,
    projection: scores,
    signal: ending.signal,
    runtime,
    onFailed: () => {},
    onRetry: () => recovery.works(),
  });
  recovery.onTrouble(() => rebuilds++);
  recovery.open();
  const damage = new Fault("view_unavailable", { cause: { errcode: 11 }, detail: "" });
  file.onDamage(damage);
  timers.shift()?.();
  // Found before the new file is there, and handled after.
  file.onDamage(damage);
  while (timers.length > 0) timers.shift()?.();
  expect(rebuilds).toBe(1);
  file.onDamage(damage);
  while (timers.length > 0) timers.shift()?.();
  expect(rebuilds).toBe(2);
  file.close();
});

test("a damaged rebuild that waits to be taken over is thrown away", async () => {
  const path = join(folder.path, "scores.sqlite");
  await score(3);
  const { ready, rows, status } = run(path);
  await ready;
  writeFileSync(join(folder.path, "scores.next.sqlite"), "x".repeat(10_000));
  await expect
    .poll(() => statSync(join(folder.path, "scores.next.sqlite"), { throwIfNoEntry: false }), PATIENTLY)
    .toBeUndefined();
  await score();
  await expect.poll(rows, PATIENTLY).toBe(4);
  expect(status().state).toBe("live");
});
