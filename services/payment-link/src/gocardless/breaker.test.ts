import { Fault } from "@touchline/contracts";
import { createLogger, createMetrics } from "@touchline/service";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createBreaker } from "./breaker.ts";

const stopping: AbortController[] = [];
afterEach(() => {
  for (const one of stopping.splice(0)) one.abort();
});

const breaker = (probeEveryMs = 10) => {
  const stop = new AbortController();
  stopping.push(stop);
  const made = createBreaker({
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    signal: stop.signal,
    threshold: 3,
    probeEveryMs,
  });
  return made;
};
const fail = () => Promise.reject(new Fault("provider_unavailable"));
const open = async (one: ReturnType<typeof breaker>) => {
  for (let i = 0; i < 3; i++) await one.background("x", fail).catch(() => {});
};

describe("the circuit", () => {
  test("opens after faults in a row, and then refuses without asking", async () => {
    const one = breaker(60_000);
    await open(one);
    let asked = false;
    const call = one.taps("x", async () => {
      asked = true;
    });
    await expect(call).rejects.toMatchObject({ code: "provider_unavailable" });
    expect([one.open(), asked]).toEqual([true, false]);
  });

  test("answers that we do not like do not open it", async () => {
    const one = breaker();
    for (let i = 0; i < 10; i++) {
      await one.background("x", () => Promise.reject(new Fault("provider_rate_limited"))).catch(() => {});
      await one.background("x", () => Promise.reject(new Error("refused"))).catch(() => {});
    }
    expect(one.open()).toBe(false);
  });

  test("is closed by the probe, not by parents", async () => {
    const one = breaker();
    let healthy = false;
    let tried = 0;
    one.watch(() => {
      tried++;
      return one.background("probe", () => (healthy ? Promise.resolve() : fail()));
    });
    await open(one);
    await vi.waitUntil(() => tried >= 2);
    expect(one.open()).toBe(true);
    healthy = true;
    await vi.waitUntil(() => !one.open());
    await expect(one.taps("x", async () => "page")).resolves.toBe("page");
  });
});
