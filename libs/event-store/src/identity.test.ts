import { Fault, STORE_STREAM } from "@touchline/contracts";
import { expect, test } from "vitest";
import { identify, identifyWhenUp } from "./identity.ts";
import { memoryEventStore } from "./memory.ts";
import type { EventStore } from "./types.ts";

test("a store gets one identity, however many processes ask, and keeps it", async () => {
  const store = memoryEventStore();
  const ids = await Promise.all([identify(store), identify(store), identify(store)]);
  expect(new Set(ids).size).toBe(1);
  expect(await identify(store)).toBe(ids[0]);
  expect(await identify(memoryEventStore())).not.toBe(ids[0]);
});

test("a start does not wait for a store that is away, which gets its identity once it answers", async () => {
  const inner = memoryEventStore();
  let away = true;
  const read: EventStore["read"] = (stream) =>
    away ? Promise.reject(new Fault("event_store_unavailable")) : inner.read(stream);
  const sleeps: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => void sleeps.push(resolve));
  const failures: unknown[] = [];
  const store = { ...inner, read, runtime: { ...inner.runtime, sleep } };
  const done = identifyWhenUp(store, new AbortController().signal, (error) => failures.push(error));
  await expect.poll(() => sleeps.length).toBe(1);
  expect(await inner.read(STORE_STREAM)).toEqual([]);
  away = false;
  sleeps[0]?.();
  await done;
  expect(await inner.read(STORE_STREAM)).toMatchObject([{ type: "StoreIdentified" }]);
  expect(failures).toHaveLength(1);
});

test("a stopping process does not wait for the store", async () => {
  const stopping = new AbortController();
  const read = () => Promise.reject(new Fault("event_store_unavailable"));
  await identifyWhenUp({ ...memoryEventStore(), read }, stopping.signal, () => stopping.abort());
});
