import { createMetrics } from "@touchline/service";
import { expect, test } from "vitest";
import { watchStoreClock } from "./watch-clock.ts";

test("the gauge shows how far the store is ahead, until our clock catches up or the store's is right", async () => {
  const clock = { ms: Date.parse("2026-03-02T12:00:00.000Z") };
  const metrics = createMetrics("test");
  const seen = watchStoreClock(metrics, () => new Date(clock.ms));
  const ahead = async () =>
    /^touchline_store_clock_ahead_seconds\S* (.+)$/m.exec(await metrics.registry.metrics())?.[1];
  expect(await ahead()).toBe("0");
  seen(new Date(clock.ms + 90_000));
  expect(await ahead()).toBe("90");
  clock.ms += 60_000;
  expect(await ahead()).toBe("30");
  clock.ms += 60_000;
  expect(await ahead()).toBe("0");
  seen(new Date(clock.ms + 5_000));
  seen(new Date(clock.ms));
  expect(await ahead()).toBe("0");
});
