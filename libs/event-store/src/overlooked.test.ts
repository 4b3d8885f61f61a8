import { Fault } from "@touchline/contracts";
import { expect, test } from "vitest";
import { memoryEventStore } from "./memory.ts";
import { handleOverlooked, readRecoveryTimes } from "./overlooked.ts";
import type { EventStore, StoredEvent } from "./types.ts";

const START = Date.parse("2026-09-01T10:00:00.000Z");

/** A store with its own clock; each search happens when the test says so. */
const setUp = (handle: (event: StoredEvent) => Promise<boolean>, storeAheadMs = 0) => {
  let now = START;
  const newStore = () => memoryEventStore(() => new Date(now + storeAheadMs));
  let inner = newStore();
  const store: Pick<EventStore, "append" | "readAll" | "at" | "head"> = {
    append: (...args) => inner.append(...args),
    readAll: (options) => inner.readAll(options),
    at: (position) => inner.at(position),
    head: () => inner.head(),
  };
  const exchange = () => {
    inner = newStore();
  };
  const ending = new AbortController();
  const [recovered, failed]: [string[], string[]] = [[], []];
  let look: (() => void) | undefined;
  let waiting = Promise.withResolvers<void>();
  const sleep = () => {
    waiting.resolve();
    return new Promise<void>((resolve) => {
      look = resolve;
    });
  };
  const done = handleOverlooked({
    store,
    runtime: { now: () => new Date(now), sleep },
    signal: ending.signal,
    times: { everyMs: 60_000, afterMs: 120_000 },
    prefixes: ["registration-"],
    types: new Set(["RegistrationCompleted"]),
    handle,
    onRecovered: ({ stream }) => recovered.push(stream),
    onFailed: (_, event) => failed.push(event?.stream ?? ""),
  });
  const append = (stream: string, type = "RegistrationCompleted") =>
    store.append(stream, [{ id: stream, type, data: {}, metadata: { service: "test" } }], "no_stream");
  /** A minute later. */
  const minute = async () => {
    now += 60_000;
    waiting = Promise.withResolvers();
    look?.();
    await waiting.promise;
  };
  const end = async () => {
    ending.abort();
    look?.();
    await done;
  };
  /** What happens while an event is being handled. */
  const pass = (ms: number) => {
    now += ms;
  };
  return { append, exchange, minute, end, pass, ending, recovered, failed };
};

test("work that no consumer was given is done once overdue, and its event is read only once", async () => {
  const handled: string[] = [];
  const { append, minute, end, recovered } = setUp(async ({ stream }) => {
    handled.push(stream);
    return stream === "registration-lost";
  });
  await append("registration-known");
  await append("registration-lost");
  await append("registration-other", "RegistrationCancelled");
  await append("payment-1");
  await minute();
  expect(handled).toEqual([]);
  await minute();
  expect([handled, recovered]).toEqual([["registration-known", "registration-lost"], ["registration-lost"]]);
  await append("registration-young");
  await minute();
  await minute();
  expect(handled.slice(2)).toEqual(["registration-young"]);
  await end();
});

test("an event that fails is tried again, does not block others, and was not overlooked", async () => {
  let away = true;
  const handled: string[] = [];
  const { append, minute, end, recovered, failed } = setUp(async ({ stream }) => {
    if (away && stream === "registration-1") throw new Fault("provider_unavailable");
    handled.push(stream);
    return true;
  });
  await append("registration-1");
  await append("registration-2");
  await minute();
  await minute();
  expect([recovered, failed]).toEqual([["registration-2"], ["registration-1"]]);
  away = false;
  await minute();
  expect(handled).toEqual(["registration-2", "registration-1"]);
  expect(recovered).toEqual(["registration-2"]);
  await end();
});

test("what fails after a thousand others is not forgotten, but found once there is room", async () => {
  let away = true;
  const handled: string[] = [];
  const { append, minute, end } = setUp(async ({ stream }) => {
    if (away) throw new Fault("provider_unavailable");
    handled.push(stream);
    return true;
  });
  for (let n = 0; n < 1_003; n++) await append(`registration-${n}`);
  for (let i = 0; i < 3; i++) await minute();
  away = false;
  for (let i = 0; i < 3; i++) await minute();
  expect(new Set(handled).size).toBe(1_003);
  expect(handled).toHaveLength(1_003);
  await end();
});

test("new work does not wait for what fails again and again, of which each is tried in turn", async () => {
  const handled: string[] = [];
  const { append, minute, end, pass } = setUp(async ({ stream }) => {
    handled.push(stream);
    if (stream === "registration-new") return true;
    if (handled.length > 5) pass(30_000);
    throw new Fault("provider_unavailable");
  });
  const failing = [1, 2, 3, 4, 5].map((n) => `registration-${n}`);
  for (const stream of failing) await append(stream);
  await minute();
  await append("registration-new");
  await minute();
  await minute();
  await minute();
  expect(handled.slice(5)).toEqual(["new", 1, 2, 3, 4].map((id) => `registration-${id}`));
  await end();
});

test("a stopping process tries nothing again", async () => {
  const handled: string[] = [];
  const { append, minute, end, ending } = setUp(async ({ stream }) => {
    handled.push(stream);
    if (handled.length === 3) ending.abort();
    throw new Fault("provider_unavailable");
  });
  for (const stream of ["registration-1", "registration-2"]) await append(stream);
  await minute();
  await minute();
  expect(handled).toHaveLength(2);
  void minute();
  await expect.poll(() => handled.length).toBe(3);
  await end();
  expect(handled).toHaveLength(3);
});

test("in an exchanged store, the search begins at the first event, even if positions are the same", async () => {
  const { append, exchange, minute, end, recovered, failed } = setUp(async () => true);
  await append("registration-a");
  await append("registration-b");
  for (let i = 0; i < 3; i++) await minute();
  exchange();
  await append("registration-c");
  await append("registration-d");
  await append("registration-e");
  for (let i = 0; i < 3; i++) await minute();
  expect(recovered).toEqual(["a", "b", "c", "d", "e"].map((id) => `registration-${id}`));
  expect(failed).toEqual([]);
  await end();
});

test.each([
  ["a little ahead: its events are overdue when they would be", 50_000, 3],
  ["hours ahead: its events are overdue at once", 3 * 3_600_000, 1],
])("the store's clock is %s", async (_how, storeAheadMs, minutes) => {
  const handled: string[] = [];
  const { append, minute, end } = setUp(async ({ stream }) => handled.push(stream) > 0, storeAheadMs);
  await append("registration-lost");
  for (let passed = 1; passed < minutes; passed++) {
    await minute();
    expect(handled).toEqual([]);
  }
  await minute();
  expect(handled).toEqual(["registration-lost"]);
  await end();
});

test("a text comes within two minutes although both its token and itself were overlooked", () => {
  const { everyMs, afterMs } = readRecoveryTimes({ integer: (_, { fallback }) => Number(fallback) });
  expect(2 * (everyMs + afterMs)).toBeLessThan(120_000);
});
