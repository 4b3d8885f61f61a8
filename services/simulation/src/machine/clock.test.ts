import { expect, test } from "vitest";
import { type Clock, createClock, runtimeOn } from "./clock.ts";

const DAY_MS = 86_400_000;
const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
const clockAt = (ms: number): Clock => createClock(ms, settle);
const runtimeOf = (clock: Clock, given: Partial<Parameters<typeof runtimeOn>[1]> = {}) =>
  runtimeOn(clock, {
    random: () => 0.5,
    uuid: () => "id",
    isAlive: () => true,
    skewMs: () => 0,
    ...given,
  });

test("no time passes until nothing can go on, and then jumps to the next timer", async () => {
  const clock = clockAt(0);
  const { sleep, now } = runtimeOf(clock);
  const seen: number[] = [];
  const work = async () => {
    for (const ms of [DAY_MS, 1_000, 0]) {
      await sleep(ms);
      for (let i = 0; i < 10; i++) await Promise.resolve();
      seen.push(now().getTime());
    }
  };
  void work();
  await clock.runUntil(2 * DAY_MS);
  expect(seen).toEqual([DAY_MS, DAY_MS + 1_000, DAY_MS + 1_001]);
  expect(clock.nowMs()).toBe(2 * DAY_MS);
});

test("timers fire by their moment, and those of one moment in the order in which they were set", async () => {
  const clock = clockAt(0);
  const { after, every } = runtimeOf(clock);
  const fired: string[] = [];
  for (const [ms, name] of [
    [30, "c"],
    [10, "a"],
    [30, "d"],
    [20, "b"],
  ] as const)
    after(ms, () => fired.push(name));
  after(15, () => fired.push("cancelled"))();
  const stop = every(25, () => fired.push("again"));
  await clock.runUntil(60);
  stop();
  await clock.runUntil(200);
  expect(fired).toEqual(["a", "b", "again", "c", "d", "again"]);
});

test("a sleep ends at once when it is aborted", async () => {
  const clock = clockAt(0);
  const { sleep, now } = runtimeOf(clock);
  const ending = new AbortController();
  const slept = sleep(DAY_MS, ending.signal).then(() => now().getTime());
  clock.after(5, () => ending.abort());
  await clock.runUntil(DAY_MS);
  expect(await slept).toBe(5);
});

test("work that goes round in circles ends the run", async () => {
  const clock = clockAt(0);
  const again = () => void clock.after(1, again);
  again();
  await expect(clock.runUntil(DAY_MS)).rejects.toThrow("100000 timers fired in one hour, until 1970-01-01T00:01:40");
});

test("nothing happens to a program that is gone", async () => {
  const clock = clockAt(0);
  let isAlive = true;
  const { every } = runtimeOf(clock, { isAlive: () => isAlive });
  let fired = 0;
  every(10, () => fired++);
  await clock.runUntil(25);
  isAlive = false;
  await clock.runUntil(1_000);
  expect(fired).toBe(2);
});

test("a guard is late while nothing happens, and on time again once something does; other timers are never late", async () => {
  const clock = clockAt(0);
  const { every, after, now } = runtimeOf(clock);
  const fired: number[] = [];
  const onTime: number[] = [];
  every(1_000, () => fired.push(now().getTime()), { guard: true });
  after(DAY_MS / 2, () => onTime.push(now().getTime()));
  await clock.runUntil(DAY_MS);
  expect(onTime).toEqual([DAY_MS / 2]);
  expect(fired.length).toBeGreaterThan(8);
  expect(fired.length).toBeLessThan(30);
  const awakeFromMs = clock.nowMs() + DAY_MS / 6;
  while (clock.nowMs() < awakeFromMs + 60_000) {
    clock.stir();
    await clock.runUntil(clock.nowMs() + 1_000);
  }
  expect(fired.filter((at) => at >= awakeFromMs).length).toBeGreaterThanOrEqual(59);
});
