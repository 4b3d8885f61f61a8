import { systemRuntime } from "@touchline/service/runtime";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import type { Applier } from "./applier.ts";
import { createBatches } from "./batches.ts";

/** Counts commits; timers fire when the test says so. */
const scene = () => {
  let pending = 0;
  let position = -1n;
  let failure: Error | undefined;
  let nowMs = 0;
  const commits: number[] = [];
  const timers: { ms: number; work: () => void }[] = [];
  const failed: unknown[] = [];
  const applier: Applier = {
    position: () => position,
    pending: () => pending,
    apply: ({ position: at }) => {
      pending++;
      position = at;
    },
    commit: () => {
      if (failure) throw failure;
      commits.push(pending);
      pending = 0;
    },
    abandon: () => {},
    remembered: () => [],
    reload: () => {},
  };
  const batches = createBatches(
    applier,
    {
      ...systemRuntime(),
      monotonicMs: () => nowMs,
      after: (ms, work) => {
        const timer = { ms, work };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    (error) => failed.push(error),
  );
  let count = 0;
  return {
    batches,
    commits,
    timers,
    failed,
    take: () => {
      applier.apply(storedEvent("team-a", "Scored", {}, { position: BigInt(++count) }));
      batches.commitSoon();
    },
    fire: () => {
      nowMs += timers[0]?.ms ?? 0;
      timers[0]?.work();
    },
    fail: (error: Error) => {
      failure = error;
    },
  };
};

test("events that arrive together share a commit, and the next commit waits a little", () => {
  const { batches, commits, timers, take, fire } = scene();
  const reached: bigint[] = [];
  batches.onCommit((position) => reached.push(position));
  take();
  take();
  expect(timers.map(({ ms }) => ms)).toEqual([0]);
  fire();
  expect(commits).toEqual([2]);
  take();
  expect(timers.map(({ ms }) => ms)).toEqual([10]);
  fire();
  expect(commits).toEqual([2, 1]);
  expect(reached).toEqual([2n, 3n]);
});

test("a full batch does not wait", () => {
  const { commits, timers, take } = scene();
  for (let i = 0; i < 1_001; i++) take();
  expect(commits).toEqual([1_000]);
  expect(timers).toHaveLength(1);
});

test("a failed commit is reported, and not announced to listeners", () => {
  const { batches, failed, take, fire, fail } = scene();
  const reached: bigint[] = [];
  batches.onCommit((position) => reached.push(position));
  take();
  const error = new Error("away");
  fail(error);
  fire();
  expect(failed).toEqual([error]);
  expect(reached).toEqual([]);
});
