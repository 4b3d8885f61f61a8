import { Fault } from "@touchline/contracts";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCircuit } from "./circuit.ts";
import { SlowDown } from "./errors.ts";

const stopping: AbortController[] = [];
afterEach(() => {
  for (const one of stopping.splice(0)) one.abort();
});

const circuit = (probeEveryMs = 10, runtime = systemRuntime()) => {
  const stop = new AbortController();
  stopping.push(stop);
  return createCircuit({
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    signal: stop.signal,
    runtime,
    threshold: 3,
    probeEveryMs,
  });
};
const fail = () => Promise.reject(new Fault("provider_unavailable"));
const open = async ({ guard }: ReturnType<typeof circuit>) => {
  for (let i = 0; i < 3; i++) await guard("x", fail).catch(() => {});
};

describe("the circuit", () => {
  test("opens after faults in a row, then refuses without calling", async () => {
    const one = circuit(60_000);
    await open(one);
    let asked = false;
    const call = one.guard("x", async () => {
      asked = true;
    });
    await expect(call).rejects.toMatchObject({ code: "provider_unavailable" });
    expect([one.open(), asked]).toEqual([true, false]);
  });

  test("faults that are not in a row do not open it", async () => {
    const one = circuit(60_000);
    for (let i = 0; i < 10; i++) await one.guard("x", i % 3 === 2 ? async () => {} : fail).catch(() => {});
    expect(one.open()).toBe(false);
  });

  test("refusals do not open it", async () => {
    const one = circuit();
    for (let i = 0; i < 10; i++) {
      await one.guard("x", () => Promise.reject(new Fault("provider_rate_limited"))).catch(() => {});
      await one.guard("x", () => Promise.reject(new Error("refused"))).catch(() => {});
    }
    expect(one.open()).toBe(false);
  });

  test("after a request to slow down, background work waits and taps go on", async () => {
    let ms = 0;
    const one = circuit(60_000, { ...systemRuntime(), monotonicMs: () => ms });
    const answers = async () => "page";
    await one.guard("x", () => Promise.reject(new SlowDown("Error", 20_000))).catch(() => {});
    ms = 19_000;
    await expect(one.background("x", answers)).rejects.toMatchObject({ code: "provider_rate_limited" });
    await expect(one.guard("x", answers)).resolves.toBe("page");
    ms = 20_000;
    await expect(one.background("x", answers)).resolves.toBe("page");
  });

  test("is closed by the probe, not by parents' taps", async () => {
    const one = circuit();
    let healthy = false;
    let tried = 0;
    one.watch(() => {
      tried++;
      return one.probing("probe", () => (healthy ? Promise.resolve() : fail()));
    });
    await open(one);
    await vi.waitUntil(() => tried >= 2);
    expect(one.open()).toBe(true);
    healthy = true;
    await vi.waitUntil(() => !one.open());
    await expect(one.guard("x", async () => "page")).resolves.toBe("page");
  });
});
