import { expect, test } from "vitest";
import { createHealth } from "./health.ts";

test("a failing check that is not needed for traffic is reported, and the service stays ready", async () => {
  const health = createHealth();
  health.add("links", () => undefined);
  health.add("store", () => "gone", { neededForTraffic: false });
  expect(await health.report()).toEqual({
    ready: true,
    checks: { links: { ok: true }, store: { ok: false, reason: "gone" } },
  });
});

test("any other failing check makes the service unready", async () => {
  const health = createHealth();
  health.add("links", () => Promise.reject(new Error("closed")));
  expect(await health.report()).toEqual({ ready: false, checks: { links: { ok: false, reason: "closed" } } });
});
