import { Fault } from "@touchline/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryEventStore } from "./memory.ts";
import { type Aggregate, load, transact } from "./transact.ts";
import type { AppendResult, EventStore } from "./types.ts";

type Counted = { readonly type: "Counted"; readonly data: { readonly n: number } };

/** Counts; the decision below claims the next number. */
const counter: Aggregate<number, Counted> = {
  category: "counter",
  initial: 0,
  evolve: (count, event) => (event.type === "Counted" ? count + 1 : count),
};
const next = (count: number): Counted[] => [{ type: "Counted", data: { n: count + 1 } }];
const cause = { service: "test" };

test("a decision sees the state, and what it decides is stored with where it came from", async () => {
  const store = memoryEventStore();
  await transact(store, counter, "a", next, cause);
  const { state, events, position } = await transact(store, counter, "a", next, {
    service: "test",
    id: "message-1",
    correlationId: "r1",
    traceparent: "00-1-2-01",
  });
  expect(state).toBe(2);
  expect(events).toEqual([{ type: "Counted", data: { n: 2 } }]);
  const stored = await store.read("counter-a");
  expect(stored.at(-1)?.position).toBe(position);
  expect(stored.at(-1)?.metadata).toEqual({
    $correlationId: "r1",
    $causationId: "message-1",
    service: "test",
    traceparent: "00-1-2-01",
  });
});

test("what brings no trace context goes on in that of the stream's first event, and a request learns of it", async () => {
  const store = memoryEventStore();
  const traces = async () => (await store.read("counter-a")).map(({ metadata }) => metadata.traceparent);
  await transact(store, counter, "a", next, { ...cause, traceparent: "00-1-2-01" });
  expect((await transact(store, counter, "a", next, cause)).traceparent).toBe("00-1-2-01");
  await transact(store, counter, "a", next, { ...cause, traceparent: "00-3-4-01" });
  const asked: (string | undefined)[] = [];
  const joins = (trace: string | undefined) => {
    asked.push(trace);
    return "00-1-5-01";
  };
  await transact(store, counter, "a", next, { ...cause, request: { joins } });
  expect(asked).toEqual(["00-1-2-01"]);
  expect(await traces()).toEqual(["00-1-2-01", "00-1-2-01", "00-3-4-01", "00-1-5-01"]);
});

test("no events append nothing", async () => {
  const store = memoryEventStore();
  expect(await transact(store, counter, "a", () => [], cause)).toMatchObject({ state: 0, events: [] });
  expect(await load(store, counter, "a")).toEqual({ state: 0, revision: -1n, stored: [] });
});

test("however many race, every one of them counts once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (racers) => {
      const store = memoryEventStore();
      await Promise.all(Array.from({ length: racers }, () => transact(store, counter, "a", next, cause)));
      const { state, stored } = await load(store, counter, "a");
      expect(state).toBe(racers);
      expect(stored.map((e) => (e.data as { n: number }).n)).toEqual(Array.from({ length: racers }, (_, i) => i + 1));
    }),
    { numRuns: 20 },
  );
});

test("of two processes with the same message, one wins a claim; without a claim both are told that they did", async () => {
  const race = async (claim: boolean) => {
    const store = memoryEventStore();
    const first = (count: number) => (count === 0 ? next(count) : []);
    const one = () => transact(store, counter, "a", first, { service: "test", id: "message-1", claim });
    const results = await Promise.all([one(), one()]);
    return results.filter((r) => r.events.length > 0).length;
  };
  expect(await race(true)).toBe(1);
  expect(await race(false)).toBe(2);
});

/** Stores, and then says that it does not know. */
const forgetful = (store: EventStore): EventStore => {
  let silent = true;
  return {
    ...store,
    append: async (...args): Promise<AppendResult> => {
      const result = await store.append(...args);
      if (!silent) return result;
      silent = false;
      throw new Fault("event_store_timeout");
    },
  };
};

test("an append whose answer was lost is found again, and nothing is stored twice", async () => {
  const store = memoryEventStore();
  const { events } = await transact(forgetful(store), counter, "a", next, { ...cause, claim: true });
  expect(events).toHaveLength(1);
  expect(await store.read("counter-a")).toHaveLength(1);
});

test("a stream that others never leave alone ends in a fault", async () => {
  const store = memoryEventStore();
  const busy: EventStore = { ...store, append: async () => ({ ok: false }) };
  await expect(transact(busy, counter, "a", next, cause)).rejects.toMatchObject({ code: "contention" });
});

test("a store that stays away ends in its own fault", async () => {
  const away: EventStore = {
    ...memoryEventStore(),
    append: async () => {
      throw new Fault("event_store_unavailable");
    },
  };
  await expect(transact(away, counter, "a", next, cause)).rejects.toMatchObject({ code: "event_store_unavailable" });
});
