import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createHealth, createMetrics } from "@touchline/service";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nextPath } from "./database.ts";
import { observeProjections } from "./observe.ts";
import type { Projection } from "./projection.ts";
import { rebuild } from "./rebuild.ts";
import { type RunningProjection, runProjection } from "./runner.ts";
import { verify } from "./verify.ts";

let folder: TemporaryFolder;
let path: string;
let store: EventStore;
let ending: AbortController;
let running: RunningProjection[];

beforeEach(() => {
  folder = temporaryFolder("projections");
  path = join(folder.path, "scores.sqlite");
  store = memoryEventStore();
  ending = new AbortController();
  running = [];
});

afterEach(async () => {
  ending.abort();
  await Promise.all(running.map((projection) => projection.done));
  folder.remove();
});

/** Goals by team. `Own` goals cannot be applied, unless `forgiving`. */
const scores = (forgiving = false): Projection => ({
  name: "scores",
  version: 1,
  prefixes: ["team-"],
  schema: "CREATE TABLE scores (team TEXT PRIMARY KEY, goals INTEGER NOT NULL) STRICT",
  prepare: (db) => {
    const add = db.prepare("INSERT INTO scores VALUES (?, ?) ON CONFLICT DO UPDATE SET goals = goals + excluded.goals");
    return ({ type, stream, data }) => {
      add.run(stream.slice("team-".length), (data as unknown as { goals: number }).goals);
      if ((type as string) === "Own" && !forgiving) throw new TypeError("own goals do not count");
    };
  },
});

const run = (projection: Projection = scores()): RunningProjection => {
  const one = runProjection({ store, projection, path, signal: ending.signal });
  running.push(one);
  return one;
};

const stop = async (): Promise<void> => {
  ending.abort();
  await Promise.all(running.map((projection) => projection.done));
  running = [];
  ending = new AbortController();
};

let count = 0;
const score = async (team: string, goals: number, type = "Scored"): Promise<bigint> => {
  const existing = await store.read(team);
  const id = `event-${++count}`;
  const result = await store.append(
    team,
    [{ id, type, data: { goals }, metadata: { service: "test" } }],
    existing.length === 0 ? "no_stream" : BigInt(existing.length - 1),
  );
  if (!result.ok) throw new Error("The revision was wrong.");
  return result.position;
};

const table = (db: DatabaseSync) =>
  Object.fromEntries(
    db
      .prepare("SELECT team, goals FROM scores ORDER BY team")
      .all()
      .map((r) => [r.team, r.goals]),
  );

test("history and later events are applied, and other streams are not", async () => {
  await score("team-tigers", 2);
  await score("player-7", 5);
  const projection = run();
  await projection.ready;
  expect(projection.status()).toEqual({ state: "live" });
  const position = await score("team-tigers", 1);
  expect(await projection.reached(position, 5_000)).toBe(true);
  expect(table(projection.db)).toEqual({ tigers: 3 });
  expect(await projection.lag()).toEqual({ events: 0, seconds: 0 });
});

test("each event counts once, however often the runner starts", async () => {
  for (let i = 1; i <= 4; i++) {
    await score("team-tigers", 1);
    const projection = run();
    await projection.ready;
    expect(table(projection.db)).toEqual({ tigers: i });
    await stop();
  }
});

test("a file of another version is rebuilt", async () => {
  await score("team-tigers", 2);
  await run().ready;
  await stop();
  const other: Projection = {
    ...scores(),
    version: 2,
    schema: "CREATE TABLE scores (team TEXT PRIMARY KEY, goals INTEGER NOT NULL, more TEXT)",
    prepare: (db) => {
      const add = db.prepare("INSERT INTO scores VALUES ('all', 1, 'x') ON CONFLICT DO UPDATE SET goals = goals + 1");
      return () => void add.run();
    },
  };
  const projection = run(other);
  await projection.ready;
  expect(table(projection.db)).toEqual({ all: 1 });
});

test("an event that cannot be applied stops the projection before it, is reported, and leaves no trace in the rows", async () => {
  await score("team-tigers", 2);
  const last = await score("team-lions", 1);
  await score("team-lions", 9, "Own");
  await score("team-tigers", 1);
  const stops: unknown[] = [];
  const projection = runProjection({
    store,
    projection: scores(),
    path,
    signal: ending.signal,
    onStopped: (status) => stops.push(status),
  });
  running.push(projection);
  await projection.ready;
  expect(projection.status()).toMatchObject({ state: "stopped", eventType: "Own" });
  expect(stops).toHaveLength(1);
  expect(projection.position()).toBe(last);
  expect(table(projection.db)).toEqual({ lions: 1, tigers: 2 });

  const health = createHealth();
  const metrics = createMetrics("test");
  observeProjections({ health, metrics, log: { warn: () => {} } }, [projection]);
  expect((await health.report()).checks.projection_scores?.reason).toMatch(/^stopped before Own event-/);
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/touchline_projection_stopped\{projection="scores",[^}]*\} 1/);
  expect(text).toMatch(/touchline_projection_lag_events\{projection="scores",[^}]*\} 2/);
});

test("events that are not Touchline's are skipped and counted", async () => {
  await score("team-tigers", 2);
  const inner = store;
  store = {
    ...inner,
    subscribe: (options) => {
      options.onSkipped?.();
      return inner.subscribe(options);
    },
  };
  const projection = run();
  const metrics = createMetrics("test");
  observeProjections({ health: createHealth(), metrics, log: { warn: () => {} } }, [projection]);
  await projection.ready;
  expect(await metrics.registry.metrics()).toMatch(/touchline_projection_skipped_total\{projection="scores",[^}]*\} 1/);
});

test("a view whose subscription breaks for ten seconds reports it, until events come again", async () => {
  const inner = store;
  let refused = true;
  let ms = 0;
  store = {
    ...inner,
    runtime: { ...inner.runtime, monotonicMs: () => ms },
    subscribe: (options) =>
      refused ? Promise.reject(new Fault("event_store_unavailable", { detail: "No." })) : inner.subscribe(options),
  };
  const broken: unknown[] = [];
  const onBroken = (error: unknown) => broken.push(error);
  const projection = runProjection({ store, projection: scores(), path, signal: ending.signal, onBroken });
  running.push(projection);
  const health = createHealth();
  observeProjections({ health, metrics: createMetrics("test"), log: { warn: () => {} } }, [projection]);
  const reason = async () => (await health.report()).checks.projection_scores?.reason;
  await expect.poll(() => broken.length).toBeGreaterThan(1);
  expect(await reason()).toBe("reading history");
  ms = 11_000;
  expect(await reason()).toMatch(/^failing for 11 s: Fault: .* No\.$/);
  refused = false;
  await projection.ready;
  expect(await reason()).toBeUndefined();
});

test("a stopped projection goes on when a rebuild with corrected code takes over", async () => {
  await score("team-lions", 9, "Own");
  const projection = run();
  await projection.ready;
  expect(projection.status().state).toBe("stopped");
  const states: string[] = [];
  projection.onStatus(() => states.push(projection.status().state));
  await rebuild({ store, projection: scores(true), path });
  await expect.poll(() => projection.status().state).toBe("live");
  expect(states).toEqual(["catching_up", "live"]);
  expect(table(projection.db)).toEqual({ lions: 9 });
  expect(await projection.reached(await score("team-lions", 1), 5_000)).toBe(true);
  expect(table(projection.db)).toEqual({ lions: 10 });
});

test("a rebuild takes over at once while the file is being read, and loses no event stored meanwhile", async () => {
  for (let i = 0; i < 50; i++) await score("team-tigers", 1);
  const projection = run();
  await projection.ready;
  projection.db.exec("UPDATE scores SET goals = 1000");
  const reader = new DatabaseSync(path, { readOnly: true });
  const read = projection.db.prepare("SELECT goals FROM scores WHERE team = 'tigers'");
  const seen = new Set<unknown>();
  const off = projection.onCommit(() => {
    seen.add(read.get()?.goals);
  });
  await rebuild({ store, projection: scores(), path });
  const position = await score("team-lions", 1);
  await expect.poll(() => read.get()?.goals).toBe(50);
  expect(await projection.reached(position, 5_000)).toBe(true);
  off();
  expect(table(projection.db)).toEqual({ lions: 1, tigers: 50 });
  expect(table(reader)).toEqual({ lions: 1, tigers: 50 });
  expect([...seen].filter((goals) => goals !== 1000 && goals !== 50)).toEqual([]);
  reader.close();
  await expect.poll(() => existsSync(nextPath(path))).toBe(false);
});

test("a rebuild that finished while no process served the file is taken over at the next start", async () => {
  await score("team-tigers", 2);
  await run().ready;
  await stop();
  await rebuild({ store, projection: scores(), path });
  expect(existsSync(nextPath(path))).toBe(true);
  await score("team-tigers", 1);
  const projection = run();
  await projection.ready;
  expect(existsSync(nextPath(path))).toBe(false);
  expect(table(projection.db)).toEqual({ tigers: 3 });
});

test("what a killed takeover left beside a rebuild is taken over with it", async () => {
  await score("team-lions", 1);
  const elsewhere = join(folder.path, "elsewhere.sqlite");
  await rebuild({ store, projection: scores(), path: elsewhere });
  const killed = new DatabaseSync(nextPath(elsewhere));
  killed.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE scores SET goals = 7");
  for (const suffix of ["", "-wal"]) copyFileSync(nextPath(elsewhere) + suffix, nextPath(path) + suffix);
  killed.close();
  const { db, ready } = run();
  await ready;
  expect(table(db)).toEqual({ lions: 7 });
  expect(existsSync(`${nextPath(path)}-wal`)).toBe(false);
});

test("a view whose file was deleted while it was open is built again, and then takes a rebuild over", async () => {
  await score("team-lions", 1);
  const { db, ready, done } = run();
  await ready;
  rmSync(path);
  await rebuild({ store, projection: scores(), path });
  await expect.poll(() => existsSync(nextPath(path))).toBe(false);
  await score("team-tigers", 2);
  await expect.poll(() => table(db)).toEqual({ lions: 1, tigers: 2 });
  ending.abort();
  await done;
  const seen = new DatabaseSync(path, { readOnly: true });
  expect(table(seen)).toEqual({ lions: 1, tigers: 2 });
  seen.close();
});

test("a rebuild that found no events takes over with the events stored since", async () => {
  const projection = run();
  await projection.ready;
  await rebuild({ store, projection: scores(), path });
  expect(await projection.reached(await score("team-tigers", 1), 5_000)).toBe(true);
  await expect.poll(() => existsSync(nextPath(path)), { timeout: 10_000 }).toBe(false);
  expect(table(projection.db)).toEqual({ tigers: 1 });
});

test("a rebuild that meets an event it cannot apply names it, and leaves no file", async () => {
  await score("team-lions", 9, "Own");
  await expect(rebuild({ store, projection: scores(), path })).rejects.toMatchObject({
    name: "UnfoldableEvent",
    eventType: "Own",
  });
  expect(existsSync(nextPath(path))).toBe(false);
});

test("progress reaches the end and reports the speed", async () => {
  for (let i = 0; i < 3; i++) await score("team-tigers", 1);
  const seen: number[] = [];
  const folded = await rebuild({ store, projection: scores(), path, onProgress: (p) => seen.push(p.fraction) });
  expect(folded.events).toBe(3);
  expect(seen.at(-1)).toBe(1);
});

test("verify finds no difference in a healthy file, and every kind of difference in one changed by hand", async () => {
  await score("team-tigers", 2);
  await score("team-lions", 1);
  await score("team-badgers", 3);
  const projection = run();
  await projection.ready;
  expect(await verify({ store, projection: scores(), path })).toMatchObject({
    events: 3,
    rows: 3,
    found: 0,
    differences: [],
  });

  projection.db.exec("UPDATE scores SET goals = 7 WHERE team = 'tigers'; DELETE FROM scores WHERE team = 'badgers'");
  projection.db.exec("INSERT INTO scores VALUES ('ghosts', 1)");
  const { found, differences } = await verify({ store, projection: scores(), path });
  expect(found).toBe(3);
  expect(differences).toEqual([
    { table: "scores", key: ["badgers"], kind: "missing", columns: [] },
    { table: "scores", key: ["ghosts"], kind: "extra", columns: [] },
    { table: "scores", key: ["tigers"], kind: "differs", columns: ["goals"] },
  ]);
});

test("verify skips columns that the service itself changes with time", async () => {
  const timed: Projection = { ...scores(), moving: ["goals"] };
  await score("team-tigers", 2);
  const projection = run(timed);
  await projection.ready;
  projection.db.exec("UPDATE scores SET goals = 7; INSERT INTO scores VALUES ('ghosts', 1)");
  const { differences } = await verify({ store, projection: timed, path });
  expect(differences).toEqual([{ table: "scores", key: ["ghosts"], kind: "extra", columns: [] }]);
});

test("verify compares no further than the live file has got", async () => {
  await score("team-tigers", 2);
  await run().ready;
  await stop();
  await score("team-tigers", 5);
  expect(await verify({ store, projection: scores(), path })).toMatchObject({ events: 1, found: 0 });
});

test("a second process on the same file is noticed, and one of the two stops and says what to do", async () => {
  const first = run();
  const second = run();
  // Both run in this one thread, so neither can commit while the other waits.
  second.db.exec("PRAGMA busy_timeout = 10");
  await Promise.all([first.ready, second.ready]);
  for (let i = 0; i < 20; i++) await score("team-tigers", 1);
  const both = [first, second];
  await expect.poll(() => both.map((one) => one.status().state).sort()).toEqual(["live", "stopped"]);
  const stopped = both.map((one) => one.status()).find(({ state }) => state === "stopped");
  expect(stopped).toMatchObject({
    reason: `Another process writes to ${path}, so this one has stopped. Stop one of the two or give it its own DATA_DIR, then restart.`,
  });
  const other = both.find((one) => one.status().state === "live");
  expect(await other?.reached(await score("team-lions", 1), 5_000)).toBe(true);
  expect(table(first.db)).toEqual({ lions: 1, tigers: 20 });
});

test("verify leaves no copy behind when the live file cannot be read", async () => {
  vi.stubEnv("TMPDIR", folder.path);
  writeFileSync(path, "no database");
  await expect(verify({ store, projection: scores(), path })).rejects.toThrow();
  expect(readdirSync(folder.path).filter((name) => name.startsWith("touchline-verify-"))).toEqual([]);
  vi.unstubAllEnvs();
});

test("verify explains that a file does not exist", async () => {
  await expect(verify({ store, projection: scores(), path })).rejects.toThrow("There is no");
});
