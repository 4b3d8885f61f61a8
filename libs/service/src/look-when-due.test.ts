import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lookWhenDue } from "./look-when-due.ts";
import { systemRuntime } from "./runtime.ts";

const HOUR_MS = 3_600_000;
const AGAIN_MS = 500;

let ending: AbortController;
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Looks at a plan, with the moments of the looks. No guards, unless a test wants them. */
const looking = (
  more: { readonly look?: () => unknown; readonly guards?: boolean; readonly nextMs?: () => number } = {},
) => {
  const { look = () => {}, guards = false } = more;
  const plan: { nextMs: number | undefined } = { nextMs: undefined };
  const at: number[] = [];
  const runtime = systemRuntime();
  const looks = lookWhenDue({
    runtime: guards ? runtime : { ...runtime, every: () => () => {} },
    signal: ending.signal,
    nextMs: more.nextMs ?? (() => plan.nextMs),
    look: () => {
      at.push(Date.now());
      return look();
    },
    againMs: AGAIN_MS,
  });
  return { plan, at, ...looks };
};

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("nothing looks while nothing is planned, and each planned look is on time", async () => {
  const { plan, at, changed } = looking();
  changed();
  await pass(HOUR_MS);
  expect(at).toEqual([]);
  plan.nextMs = 30 * 24 * HOUR_MS;
  changed();
  plan.nextMs = 2 * HOUR_MS;
  changed();
  await pass(HOUR_MS - 1);
  expect(at).toEqual([]);
  await pass(1);
  expect(at).toEqual([2 * HOUR_MS]);
});

test("what is already due waits a moment for more, and what stays due is tried again", async () => {
  const { plan, at, changed } = looking();
  plan.nextMs = -1;
  changed();
  await pass(10);
  changed();
  await pass(AGAIN_MS + 100);
  plan.nextMs = undefined;
  await pass(HOUR_MS);
  expect(at.slice(0, 2)).toEqual([25, 25 + AGAIN_MS]);
  expect(at.length).toBeLessThan(4);
});

test("one look ends before the next one begins", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { plan, at, start, changed, idle } = looking({ look: () => promise });
  start();
  plan.nextMs = 0;
  changed();
  await pass(HOUR_MS);
  expect(at).toEqual([0]);
  plan.nextMs = undefined;
  resolve();
  await idle();
});

test("a guard looks without any plan, for a clock that was set", async () => {
  const { at } = looking({ guards: true });
  await pass(60_000);
  expect(at.length).toBeGreaterThan(3);
});

test("a plan that cannot be read is looked at soon", async () => {
  const { at, changed } = looking({
    nextMs: () => {
      throw new Error("The file is held.");
    },
  });
  changed();
  await pass(AGAIN_MS);
  expect(at).toEqual([AGAIN_MS]);
});
