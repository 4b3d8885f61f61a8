import { randomUUID } from "node:crypto";
import { createHealth, createMetrics, type HealthReport, systemRuntime } from "@touchline/service";
import { eventually, temporaryFolder } from "@touchline/testing";
import { startCluster } from "@touchline/testing/cluster";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectEventStore, type EventStore, identify, reportStore } from "../src/index.ts";
import { event } from "./contract.ts";

let store: EventStore;
let cluster: Awaited<ReturnType<typeof startCluster>>;
let close: () => Promise<void>;
let report: () => Promise<HealthReport>;
let appendsOk: () => Promise<number | undefined>;

beforeEach(async () => {
  const { path: dataDir, remove } = temporaryFolder("health");
  const runtime = systemRuntime();
  cluster = await startCluster({ runtime, dataDir });
  store = connectEventStore({ url: cluster.url });
  const health = createHealth(runtime);
  const metrics = createMetrics("test");
  reportStore(store, health, metrics);
  report = () => health.report();
  appendsOk = async () => {
    const { values } = (await metrics.registry.getSingleMetric("touchline_event_store_appends_ok")?.get()) ?? {};
    return values?.[0]?.value;
  };
  close = async () => {
    await store.close();
    await cluster.close();
    remove();
  };
  await identify(store);
});

afterEach(() => close());

const append = (stream = `registration-${randomUUID()}`) => store.append(stream, [event(0)], "no_stream");
const appends = async () => (await report()).checks.event_store_appends;

/** How long it takes until appends are reported as working or failing, in milliseconds. */
const msUntilReported = async (ok: boolean): Promise<number> => {
  const since = performance.now();
  await eventually(async () => (await appends())?.ok === ok || undefined, 50);
  expect(await appendsOk()).toBe(ok ? 1 : 0);
  return performance.now() - since;
};

test("a store that answers reads but takes no appends is reported within 10 s, and as healthy again within 5 s", async () => {
  await append();
  expect(await appends()).toEqual({ ok: true });

  // Appends are decided, but not visible or answered until that time is over.
  cluster.visibleAfter(600_000);
  const stream = `registration-${randomUUID()}`;
  const failing = append(stream).catch((error: unknown) => error);
  expect(await msUntilReported(false)).toBeLessThan(10_000);
  expect((await appends())?.reason).toMatch(/^cannot append for \d+ s$/);
  expect(await failing).toMatchObject({ name: "Fault" });
  // Reads work throughout. A refusal, because of an append in flight, does not count as an append.
  expect(await store.read(stream)).toEqual([]);
  expect(await append(stream)).toEqual({ ok: false });
  expect((await appends())?.ok).toBe(false);

  cluster.visibleAfter(0);
  expect(await msUntilReported(true)).toBeLessThan(5_000);
});

test("without most nodes, nothing can be appended, which is reported until they are back", async () => {
  await append();
  const leader = cluster.leader() ?? 0;
  const others = cluster.nodes.map((_, index) => index).filter((index) => index !== leader);
  await Promise.all(others.map((index) => cluster.kill(index)));
  const failing = append().catch((error: unknown) => error);
  expect(await msUntilReported(false)).toBeLessThan(10_000);
  await failing;

  await Promise.all(others.map((index) => cluster.start(index)));
  await eventually(async () => cluster.leader() !== undefined || undefined, 50);
  expect(await msUntilReported(true)).toBeLessThan(5_000);
});
