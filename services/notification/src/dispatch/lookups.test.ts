import { Fault } from "@touchline/contracts";
import { expect, test } from "vitest";
import { createLookups } from "./lookups.ts";

const setUp = () => {
  const clock = { ms: 0 };
  const lookups = createLookups({ monotonicMs: () => clock.ms, random: () => 0.5 });
  const fails = (code: "provider_unavailable" | "event_store_unavailable" = "provider_unavailable") =>
    expect(lookups.make(() => Promise.reject(new Fault(code)))).rejects.toThrow(Fault);
  return { clock, lookups, fails };
};

test("four run at once, and the end of one gives room", async () => {
  const { lookups } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = Array.from({ length: 4 }, () => lookups.make(() => promise));
  expect([lookups.room(), lookups.waitMs()]).toEqual([0, Number.POSITIVE_INFINITY]);
  resolve();
  await Promise.all(running);
  expect([lookups.room(), lookups.waitMs()]).toEqual([4, 0]);
});

test("one text without an answer holds no other back", async () => {
  const { lookups, fails } = setUp();
  for (let i = 0; i < 10; i++) {
    await fails();
    await lookups.make(async () => {});
  }
  expect(lookups.room()).toBe(4);
});

test("after five faults in a row one is made now and then, less often each time, until one is answered", async () => {
  const { clock, lookups, fails } = setUp();
  for (let i = 0; i < 5; i++) await fails();
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    expect(lookups.room()).toBe(0);
    waits.push(lookups.waitMs());
    clock.ms += lookups.waitMs();
    expect([lookups.room(), lookups.waitMs()]).toEqual([1, 0]);
    await fails();
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 45_000, 45_000]);
  clock.ms += lookups.waitMs();
  await lookups.make(async () => {});
  expect([lookups.room(), lookups.waitMs()]).toEqual([4, 0]);
});

test("what was under way when a wait began does not lengthen it", async () => {
  const { clock, lookups, fails } = setUp();
  for (let i = 0; i < 4; i++) await fails();
  await Promise.all([fails(), fails(), fails()]);
  expect(lookups.waitMs()).toBe(5_000);
  clock.ms += 5_000;
  expect(lookups.room()).toBe(1);
});

test("a fault of the event store says nothing about the provider", async () => {
  const { lookups, fails } = setUp();
  for (let i = 0; i < 10; i++) await fails("event_store_unavailable");
  expect([lookups.room(), lookups.waitMs()]).toEqual([4, 0]);
});
