import { Fault } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryEventStore } from "./memory.ts";
import { patienceMs, withPatience } from "./patience.ts";
import { type Aggregate, load, transact } from "./transact.ts";
import type { AppendResult, DomainEvent, EventStore } from "./types.ts";

type Counted = { readonly type: "Counted"; readonly data: { readonly n: number } };

/** Counts events; the decision below claims the next number. */
const counter: Aggregate<number, Counted> = {
  category: "counter",
  initial: 0,
  evolve: (count, event) => (event.type === "Counted" ? count + 1 : count),
};
const next = (count: number): Counted[] => [{ type: "Counted", data: { n: count + 1 } }];
const cause = { service: "test" };

test("a decision sees the state, and its events are stored with their cause", async () => {
  const store = memoryEventStore();
  await transact(store, counter, "a", next, cause);
  const { state, events, position } = await transact(store, counter, "a", next, {
    service: "test",
    actor: "op-1",
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
    actor: "op-1",
    traceparent: "00-1-2-01",
  });
});

test("a cause without a trace context uses that of the stream's first event, and a request learns of it", async () => {
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

test("a decision without events appends nothing", async () => {
  const store = memoryEventStore();
  expect(await transact(store, counter, "a", () => [], cause)).toMatchObject({ state: 0, events: [] });
  expect(await load(store, counter, "a")).toEqual({ state: 0, revision: -1n, stored: [] });
});

test("however many processes race, each counts once", async () => {
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

test("when two processes have the same message, one wins a claim; without a claim both believe they won", async () => {
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

/** Stores the events, and then reports a time-out. */
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

test("an append whose answer was lost is found, and nothing is stored twice", async () => {
  const store = memoryEventStore();
  const { events } = await transact(forgetful(store), counter, "a", next, { ...cause, claim: true });
  expect(events).toHaveLength(1);
  expect(await store.read("counter-a")).toHaveLength(1);
});

/** A runtime whose waits end at once, and a record of them. */
const impatient = () => {
  const clock = { ms: 0, waits: [] as number[] };
  const runtime: Runtime = {
    ...systemRuntime(),
    monotonicMs: () => clock.ms,
    random: () => 0.5,
    sleep: async (ms) => {
      clock.ms += ms;
      clock.waits.push(ms);
    },
  };
  return { clock, runtime };
};

/** Appends, but shows the events only after some time, like a leader with slow followers. */
const lateToShow = (store: EventStore, clock: { readonly ms: number }, afterMs: number): EventStore => {
  const shownAt: number[] = [];
  return {
    ...store,
    append: async (...args): Promise<AppendResult> => {
      const result = await store.append(...args);
      if (result.ok) for (const _ of args[1]) shownAt.push(clock.ms + afterMs);
      return result;
    },
    read: async <E extends DomainEvent>(stream: string) =>
      (await store.read<E>(stream)).filter((_, i) => (shownAt[i] ?? 0) <= clock.ms),
  };
};

test("a conflict with an append that becomes visible 500 ms later is waited out", async () => {
  const { clock, runtime } = impatient();
  const store = lateToShow(memoryEventStore(undefined, runtime), clock, 500);
  await transact(store, counter, "a", next, cause);
  const { state } = await transact(withPatience(store, patienceMs.call), counter, "a", next, cause);
  expect(state).toBe(2);
  expect(clock.waits.slice(0, 4)).toEqual([10, 20, 40, 80]);
  expect(clock.ms).toBeGreaterThanOrEqual(500);
  expect(clock.ms).toBeLessThan(1_200);
});

test.each([
  ["a message", undefined, 10_000],
  ["a webhook", patienceMs.webhook, 4_000],
  ["a call", patienceMs.call, 2_000],
])("when %s cannot append to a stream that never shows why, it ends in a fault", async (_what, patience, endsAt) => {
  const { clock, runtime } = impatient();
  const busy: EventStore = { ...memoryEventStore(undefined, runtime), append: async () => ({ ok: false }) };
  const decision = transact(patience ? withPatience(busy, patience) : busy, counter, "a", next, cause);
  await expect(decision).rejects.toMatchObject({ name: "Fault", code: "contention" });
  expect(clock.ms).toBe(endsAt);
});

test("a decision is made again at once when the stream has moved on", async () => {
  const { clock, runtime } = impatient();
  const store = memoryEventStore(undefined, runtime);
  let others = 40;
  const contended: EventStore = {
    ...store,
    append: async (...args): Promise<AppendResult> => {
      if (others-- > 0) await transact(store, counter, "a", next, cause);
      return store.append(...args);
    },
  };
  expect((await transact(contended, counter, "a", next, cause)).state).toBe(41);
  expect(clock.waits).toEqual([]);
});

test("a store that stays away ends in its own fault once the time is up", async () => {
  const { clock, runtime } = impatient();
  const away: EventStore = {
    ...memoryEventStore(undefined, runtime),
    append: async () => {
      throw new Fault("event_store_unavailable");
    },
  };
  const decision = transact(withPatience(away, patienceMs.webhook), counter, "a", next, cause);
  await expect(decision).rejects.toMatchObject({ code: "event_store_unavailable" });
  expect(clock.ms).toBe(4_000);
});
