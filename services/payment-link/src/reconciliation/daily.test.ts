import { randomUUID } from "node:crypto";
import { Fault, RECONCILIATION_ID } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createMetrics } from "@touchline/service";
import pino from "pino";
import { expect, test } from "vitest";
import { keepReconciling } from "./daily.ts";
import type { ReconciliationReport } from "./reconcile.ts";

const MINUTE_MS = 60_000;
const midday = new Date("2026-09-01T12:00:00.000Z");

const reportAt = (startedAt: Date, unexplainedPence: number): ReconciliationReport => ({
  startedAt: startedAt.toISOString(),
  finishedAt: startedAt.toISOString(),
  unexplainedPence,
  unexplained: 0,
  compared: { payments: 0, refunds: 0, payouts: 0, subscriptions: 0, mandates: 0 },
  keptPence: 0,
  repaired: 0,
  repairedLate: 0,
  removed: 0,
  foreign: 0,
  differences: [],
});

/** What happens in `minutes` when GoCardless does not answer. `at` is called at each look, before it sleeps. */
const whileAway = async (minutes: number, at: (minute: number, store: Store) => Promise<unknown>) => {
  let nowMs = midday.getTime();
  const store = memoryEventStore(() => new Date(nowMs));
  const metrics = createMetrics("test");
  const ending = new AbortController();
  const tries: number[] = [];
  const minute = () => (nowMs - midday.getTime()) / MINUTE_MS;
  await keepReconciling({
    store,
    reconcile: async () => {
      tries.push(minute());
      throw new Fault("provider_unavailable");
    },
    hour: 4,
    log: pino({ level: "silent" }),
    metrics,
    signal: ending.signal,
    runtime: {
      now: () => new Date(nowMs),
      random: () => 0.5,
      sleep: async (ms) => {
        await at(minute(), store);
        nowMs += ms;
        if (minute() > minutes) ending.abort();
      },
    },
  });
  return { tries, shown: await metrics.registry.metrics() };
};
type Store = ReturnType<typeof memoryEventStore>;

const made = (report: ReconciliationReport, store: Store) =>
  store.append(
    `payment-${RECONCILIATION_ID}`,
    [{ id: randomUUID(), type: "ReconciliationFinished", data: report, metadata: { service: "test" } }],
    "no_stream",
  );

test("a failed reconciliation is tried again after ten minutes", async () => {
  const { tries } = await whileAway(25, async () => {});
  expect(tries).toEqual([0, 10, 20]);
});

test("an operator's own report is shown at once, whatever failed before", async () => {
  const { tries, shown } = await whileAway(2, async (minute, store) => {
    if (minute === 1) await made(reportAt(midday, 750), store);
  });
  expect(tries).toEqual([0]);
  expect(shown).toContain('touchline_reconciliation_unexplained_pence{service="test"} 750');
});
