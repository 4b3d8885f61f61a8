import { randomUUID } from "node:crypto";
import { Fault } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import report from "../../../../libs/contracts/test/fixtures/events/ReconciliationFinished.1.json" with {
  type: "json",
};
import { lastReconciliation, reconciledLine } from "./reconciled.ts";

const now = new Date("2026-11-02T09:00:00.000Z");

const stored = async (...reports: readonly object[]) => {
  const store = memoryEventStore();
  const events = reports.map((data) => ({
    id: randomUUID(),
    type: "ReconciliationFinished",
    data,
    metadata: { service: "payment-link" },
  }));
  await store.append("payment-reconciliation", events, "no_stream");
  return store;
};

test("the board says what the last reconciliation found", async () => {
  const last = await lastReconciliation(await stored({ ...report, unexplainedPence: 1 }, report));
  expect(last?.unexplainedPence).toBe(2_750);
  const text = last ? String(reconciledLine(last, now)).replaceAll(/<[^>]*>/g, "") : "";
  expect(text).toContain("£27.50 unexplained. GoCardless reported 1 event more than a week late, so no text was sent.");
  expect(text).toContain("1 difference");
  expect(text).toMatch(/£27.50, payment PM0012ABC\s+“failed” in Touchline, “confirmed” at GoCardless. The family/);
  const clean = { ...report, unexplained: 0, unexplainedPence: 0, repairedLate: 0, differences: [] };
  expect(String(reconciledLine(clean, now)).replaceAll(/<[^>]*>/g, "")).toMatch(/£0.00 unexplained\.\s*$/);
});

test("nothing is shown before the first one, or while the event store is down", async () => {
  expect(await lastReconciliation(memoryEventStore())).toBeUndefined();
  const away = { ...memoryEventStore(), read: () => Promise.reject(new Fault("event_store_unavailable")) };
  expect(await lastReconciliation(away)).toBeUndefined();
});
