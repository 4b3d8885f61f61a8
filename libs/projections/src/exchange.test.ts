import { join } from "node:path";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createHealth, createMetrics } from "@touchline/service";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observeProjections } from "./observe.ts";
import type { Projection } from "./projection.ts";
import { type RunningProjection, runProjection } from "./runner.ts";
import { verify } from "./verify.ts";

let folder: TemporaryFolder;
let path: string;
let ending: AbortController;
let running: RunningProjection | undefined;

beforeEach(() => {
  folder = temporaryFolder("projections");
  path = join(folder.path, "scores.sqlite");
  ending = new AbortController();
});

const stop = async (): Promise<void> => {
  ending.abort();
  await running?.done;
  running = undefined;
  ending = new AbortController();
};

afterEach(async () => {
  await stop();
  folder.remove();
});

/** Goals by team. `Own` goals cannot be applied. */
const scores: Projection = {
  name: "scores",
  version: 1,
  prefixes: ["team-"],
  schema: "CREATE TABLE scores (team TEXT PRIMARY KEY, goals INTEGER NOT NULL) STRICT",
  prepare: (db) => {
    const add = db.prepare("INSERT INTO scores VALUES (?, 1) ON CONFLICT DO UPDATE SET goals = goals + 1");
    return ({ type, stream }) => {
      if ((type as string) === "Own") throw new TypeError("own goals do not count");
      add.run(stream);
    };
  },
};

let count = 0;
const score = async (store: EventStore, team: string, type = "Scored"): Promise<void> => {
  const existing = await store.read(team);
  const event = { id: `event-${++count}`, type, data: {}, metadata: { service: "test" } };
  await store.append(team, [event], existing.length === 0 ? "no_stream" : BigInt(existing.length - 1));
};

/** A store in memory with these goals. Stores with the same number of events have the same positions. */
const storeWith = async (...teams: string[]): Promise<EventStore> => {
  const store = memoryEventStore();
  for (const team of teams) await score(store, team);
  return store;
};

const warnings: string[] = [];
const run = (store: EventStore) => {
  warnings.length = 0;
  const one = runProjection({ store, projection: scores, path, signal: ending.signal });
  running = one;
  const [metrics, health] = [createMetrics("test"), createHealth()];
  observeProjections({ metrics, health, log: { warn: (_, sentence) => void warnings.push(sentence) } }, [one]);
  const rows = () =>
    Object.fromEntries(
      one.db
        .prepare("SELECT * FROM scores ORDER BY team")
        .all()
        .map((r) => [r.team, r.goals]),
    );
  const rebuilds = async () =>
    Number(
      /touchline_projection_exchanged_total\{projection="scores",[^}]*\} (\d+)/.exec(
        await metrics.registry.metrics(),
      )?.[1],
    );
  return { ...one, rows, rebuilds };
};

const PATIENTLY = { timeout: 10_000 };

const SENTENCE =
  "The event store was restored to an earlier time, or is a different one. The view scores is being rebuilt from the first event.";

test("a store that has other events at the same positions: the view is rebuilt, which is logged and counted once", async () => {
  await run(await storeWith("team-lions", "team-lions", "team-lions")).ready;
  await stop();
  const other = await storeWith("team-tigers", "team-tigers", "team-tigers", "team-cubs");
  const { ready, rows, rebuilds, status } = run(other);
  await ready;
  expect(status()).toEqual({ state: "live" });
  expect(rows()).toEqual({ "team-cubs": 1, "team-tigers": 3 });
  expect(warnings).toEqual([SENTENCE]);
  expect(await rebuilds()).toBe(1);
  await score(other, "team-cubs");
  await expect.poll(rows, PATIENTLY).toEqual({ "team-cubs": 2, "team-tigers": 3 });
  expect(await verify({ store: other, projection: scores, path })).toMatchObject({ found: 0 });
});

test.each([
  ["ends before the view", ["team-tigers"], { "team-tigers": 1 }],
  ["is empty", [], {}],
])("a store that %s", async (_what, teams, wanted) => {
  await run(await storeWith("team-lions", "team-lions", "team-lions")).ready;
  await stop();
  const { ready, rows } = run(await storeWith(...teams));
  await ready;
  expect(rows()).toEqual(wanted);
  expect(warnings).toEqual([SENTENCE]);
});

test("a store that is exchanged while the view follows it is noticed at the next subscription", async () => {
  let inner = await storeWith("team-lions", "team-lions");
  let cut = () => {};
  const store: EventStore = {
    ...inner,
    head: () => inner.head(),
    at: (position) => inner.at(position),
    readAll: (options) => inner.readAll(options),
    subscribe: async (options) => {
      const broken = new AbortController();
      cut = () => broken.abort();
      await inner.subscribe({ ...options, signal: AbortSignal.any([options.signal, broken.signal]) });
      broken.signal.throwIfAborted();
    },
  };
  const { ready, rows, status, rebuilds } = run(store);
  await ready;
  inner = await storeWith("team-tigers", "team-tigers", "team-cubs");
  cut();
  await expect.poll(rows, PATIENTLY).toEqual({ "team-cubs": 1, "team-tigers": 2 });
  await expect.poll(() => status().state, PATIENTLY).toBe("live");
  expect(await rebuilds()).toBe(1);
  await score(inner, "team-cubs");
  await expect.poll(rows, PATIENTLY).toEqual({ "team-cubs": 2, "team-tigers": 2 });
});

test("events that a scavenge removed raise no alarm", async () => {
  const store = await storeWith("team-lions", "team-tigers", "team-tigers");
  await run(store).ready;
  await stop();
  await score(store, "team-lions");
  // The view's last two events were about an erased family.
  const scavenged: EventStore = { ...store, at: async () => ({ kind: "gone" }) };
  const { ready, rows, rebuilds } = run(scavenged);
  await ready;
  expect(rows()).toEqual({ "team-lions": 2, "team-tigers": 2 });
  expect(warnings).toEqual([]);
  expect(await rebuilds()).toBe(0);
});

test("an event of the other store that cannot be applied stops the view, which names the event", async () => {
  await run(await storeWith("team-lions", "team-lions")).ready;
  await stop();
  const other = await storeWith("team-tigers");
  await score(other, "team-tigers", "Own");
  const { ready, status } = run(other);
  await ready;
  expect(status()).toMatchObject({ state: "stopped", eventType: "Own" });
});
