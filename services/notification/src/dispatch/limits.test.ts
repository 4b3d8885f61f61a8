import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { createLimits, type LimitOptions } from "./limits.ts";
import { createLine } from "./line.ts";

const NOW = Date.parse("2026-09-01T10:00:00.000Z");

const setUp = () => {
  const clock = { ms: NOW };
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const db = { prepare: () => ({ get: () => ({ n: 0 }) }) } as unknown as LimitOptions["projection"]["db"];
  const projection = { db, position: () => undefined, reached: async () => true };
  const runtime = { now, monotonicMs: () => clock.ms };
  const instance = (holder: string, maxPerSecond: number) =>
    createLimits({ maxPerSecond, dailyLimit: 0, line: createLine(store, holder, now), projection, runtime });
  return { clock, instance };
};

/** Sends for this long, as the worker does. Resolves with when each text was claimed. */
const send = async (
  limits: ReturnType<typeof createLimits>,
  clock: { ms: number },
  forMs: number,
  claimMs: () => number,
) => {
  const claims: number[] = [];
  for (const end = clock.ms + forMs; clock.ms < end; ) {
    if ((await limits.allow()) === 1) {
      clock.ms += claimMs();
      claims.push(clock.ms);
      limits.claimed(undefined);
    } else clock.ms += Math.max(1, Math.min(limits.waitMs() + 1, 500));
  }
  return claims;
};

const mostInASecond = (times: readonly number[]) =>
  Math.max(...times.map((from) => times.filter((t) => t >= from && t < from + 1_000).length));

test.each([
  ["25 ms", () => 25],
  [
    "up to 90 ms",
    (
      (n) => () =>
        [5, 90, 10, 40][n++ % 4] ?? 0
    )(0),
  ],
])("20 a second are reached and never exceeded when a claim takes %s", async (_, claimMs) => {
  const { clock, instance } = setUp();
  const limits = instance("one", 20);
  await send(limits, clock, 2_000, claimMs);
  const claims = await send(limits, clock, 10_000, claimMs);
  expect(claims.length).toBeGreaterThanOrEqual(180);
  expect(mostInASecond(claims)).toBeLessThanOrEqual(20);
});

test("another instance takes over within three seconds of a crash, and counts what the first one sent last", async () => {
  const { clock, instance } = setUp();
  const [one, other] = [instance("one", 20), instance("other", 20)];
  const before = await send(one, clock, 4_000, () => 25);
  expect(await other.allow()).toBe(0);
  const after = await send(other, clock, 4_000, () => 25);
  const silentMs = (after[0] ?? 0) - (before.at(-1) ?? 0);
  expect(silentMs).toBeLessThan(3_000);
  expect(mostInASecond([...before, ...after])).toBeLessThanOrEqual(20);
});

test("without a rate, texts follow each other at once", async () => {
  const { clock, instance } = setUp();
  const limits = instance("one", 0);
  await send(limits, clock, 2_000, () => 1);
  expect((await send(limits, clock, 100, () => 1)).length).toBeGreaterThan(90);
});
