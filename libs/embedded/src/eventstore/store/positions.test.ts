import { expect, test } from "vitest";
import { clockPosition, nextPosition } from "./positions.ts";

const noon = Date.UTC(2026, 0, 1, 12);

test("positions follow the clock", () => {
  expect(nextPosition(-1, 500, noon)).toBe(clockPosition(noon));
  expect(nextPosition(clockPosition(noon) - 1_000_000, 500, noon + 1)).toBe(clockPosition(noon + 1));
});

test("positions increase by more than one when the clock stops or goes back", () => {
  const last = clockPosition(noon);
  expect(nextPosition(last, 0, noon)).toBeGreaterThan(last);
  expect(nextPosition(last, 1, noon)).toBeGreaterThan(last + 1);
  expect(nextPosition(last, 500, noon - 60_000)).toBeGreaterThan(last + 1);
});

test("a store restored to yesterday continues above today's positions", () => {
  const yesterday = clockPosition(noon - 86_400_000);
  let today = clockPosition(noon);
  for (let i = 0; i < 10_000; i++) today = nextPosition(today, 500, noon);
  expect(nextPosition(yesterday, 500, noon + 1000)).toBeGreaterThan(today);
});

test("positions stay exact for centuries", () => {
  expect(clockPosition(Date.UTC(2280, 0, 1))).toBeLessThan(Number.MAX_SAFE_INTEGER);
});
