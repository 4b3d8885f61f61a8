import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "./eventually.ts";

afterEach(() => void vi.useRealTimers());

test("looks less often the longer it has waited, and is never late by more than a tenth", async () => {
  vi.useFakeTimers();
  for (const [afterMs, atMost] of [
    [100, 6],
    [1_000, 30],
    [60_000, 350],
  ] as const) {
    const since = performance.now();
    let looks = 0;
    const found = eventually(() => ++looks && performance.now() - since >= afterMs && performance.now() - since);
    await vi.advanceTimersByTimeAsync(2 * afterMs);
    const lateMs = Number(await found) - afterMs;
    expect(lateMs).toBeLessThanOrEqual(Math.min(200, Math.max(20, 0.1 * afterMs)));
    expect(looks).toBeLessThanOrEqual(atMost);
  }
});
