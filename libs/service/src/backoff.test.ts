import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

const limits = { firstMs: 200, maxMs: 10_000 };

test("waits double with each failure, up to the longest wait", () => {
  const waits = [1, 2, 3, 6, 7, 2_000].map((failures) => backoffMs(failures, limits, () => 0.5));
  expect(waits).toEqual([200, 400, 800, 6_400, 10_000, 10_000]);
});

test("jitter makes a wait up to a quarter shorter or longer", () => {
  expect([0, 0.5, 1].map((random) => backoffMs(1, limits, () => random))).toEqual([150, 200, 250]);
});
