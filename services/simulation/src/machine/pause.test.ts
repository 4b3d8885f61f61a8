import { expect, test } from "vitest";
import { createClock } from "./clock.ts";
import { afterPause, createPause } from "./pause.ts";

const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));

test("what is due while a program is paused happens afterwards, in order, unless it was cancelled by then", async () => {
  const clock = createClock(0, settle);
  const pause = createPause(clock);
  const after = afterPause(clock, pause);
  const seen: string[] = [];
  const see = (what: string) => () => void seen.push(`${what} at ${clock.nowMs()}`);
  after(5, see("before"));
  clock.after(10, () => pause.begin(100));
  const cancelSecond = after(30, see("second"));
  after(20, () => {
    see("first")();
    cancelSecond();
  });
  clock.after(40, () => pause.run(see("third")));
  clock.after(50, () => void pause.over().then(see("fourth")));
  after(200, see("last"));
  await clock.runUntil(300);
  expect(seen).toEqual(["before at 5", "first at 110", "third at 110", "fourth at 110", "last at 200"]);
});

test("a pause does not grow by another that begins during it", async () => {
  const clock = createClock(0, settle);
  const pause = createPause(clock);
  pause.begin(100);
  clock.after(50, () => pause.begin(1_000));
  await clock.runUntil(100);
  expect(pause.isPaused()).toBe(false);
});
