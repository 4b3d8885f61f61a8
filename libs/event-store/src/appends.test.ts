import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { watchAppends } from "./appends.ts";

const watched = (outcomes: ("works" | "fails" | "is refused")[]) => {
  const clock = { ms: 0 };
  const tries: number[] = [];
  const runtime = {
    ...systemRuntime(),
    monotonicMs: () => clock.ms,
    sleep: async (ms: number) => {
      await Promise.resolve();
      clock.ms += ms;
    },
  };
  const over = Promise.withResolvers<void>();
  const watch = watchAppends(runtime, async () => {
    tries.push(clock.ms);
    const outcome = outcomes.shift();
    if (outcomes.length === 0) over.resolve();
    if (outcome === "fails") throw new Error("no");
    return outcome === "works";
  });
  return { clock, tries, watch, over: over.promise };
};

test("nothing is tried while appends work", async () => {
  const { watch, tries } = watched([]);
  expect(watch.failingForMs()).toBe(0);
  expect(tries).toEqual([]);
});

test("after a failure, an append is tried every two seconds until one works, and the time since is reported", async () => {
  const { clock, watch, tries, over } = watched(["fails", "is refused", "fails", "works"]);
  clock.ms = 5_000;
  watch.failed(0);
  watch.failed(4_000);
  expect(watch.failingForMs()).toBe(5_000);
  await over;
  await expect.poll(() => watch.failingForMs()).toBe(0);
  expect(tries).toHaveLength(4);
  expect(tries.map((at, i) => at - (tries[i - 1] ?? at - 2_000))).toEqual([2_000, 2_000, 2_000, 2_000]);
});
