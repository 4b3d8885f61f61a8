import type { StoredEvent } from "@touchline/event-store";
import { createMetrics } from "@touchline/service";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { observeJourneys } from "./journey.ts";

const start = Date.parse("2026-09-01T10:00:00Z");
let position = 0n;
const event = (type: string, afterSeconds: number, data: object = {}, registration = "r1"): StoredEvent =>
  storedEvent(`x-${registration}`, type, data, {
    metadata: { $correlationId: registration, service: "test" },
    position: position++,
    created: new Date(start + afterSeconds * 1_000),
  });

const watch = () => {
  const metrics = createMetrics("test");
  const see = observeJourneys(metrics);
  const value = async (name: string, labels: Record<string, string>): Promise<number> => {
    const { values } = (await metrics.registry.getSingleMetric(name.replace(/_(sum|count)$/, ""))?.get()) ?? {
      values: [],
    };
    const found = values.find(
      (v) =>
        ((v as { metricName?: string }).metricName ?? name) === name &&
        Object.entries(labels).every(([key, wanted]) => (v.labels as Record<string, unknown>)[key] === wanted),
    );
    return found?.value ?? 0;
  };
  return { see, value };
};

test("each step counts once per registration, with its time since the registration", async () => {
  const { see, value } = watch();
  for (const one of [
    event("RegistrationCompleted", 0),
    event("PaymentTokenCreated", 0.4),
    event("SmsAccepted", 2),
    event("SmsAccepted", 200_000),
    event("TextStatusChanged", 4, { status: "sent" }),
    event("TextStatusChanged", 5, { status: "delivered" }),
    event("PaymentLinkOpened", 60),
    event("PaymentFulfilled", 120),
    event("PaymentFulfilled", 120),
  ])
    see(one);
  for (const stage of ["registered", "token", "accepted", "delivered", "opened", "paid"])
    expect([stage, await value("touchline_journey_total", { stage })]).toEqual([stage, 1]);
  expect(await value("touchline_journey_seconds_sum", { stage: "accepted" })).toBe(2);
  expect(await value("touchline_journey_seconds_sum", { stage: "paid" })).toBe(120);
});

test("a step of a registration from before the start counts without a time", async () => {
  const { see, value } = watch();
  see(event("PaymentFulfilled", 120));
  expect(await value("touchline_journey_total", { stage: "paid" })).toBe(1);
  expect(await value("touchline_journey_seconds_count", { stage: "paid" })).toBe(0);
});

test("segments add up, a price counts once per message, and only currency codes become labels", async () => {
  const { see, value } = watch();
  see(event("SmsRequested", 0, { purpose: "payment_link", encoding: "GSM-7", segments: 2 }));
  see(event("SmsRequested", 0, { purpose: "payment_link", encoding: "GSM-7", segments: 1 }));
  const report = { providerMessageId: "SM1", status: "sent", priceMicros: -40_000, priceUnit: "GBP" };
  see(event("SmsStatusReported", 1, report));
  see(event("SmsStatusReported", 2, { ...report, status: "delivered" }));
  see(event("SmsStatusReported", 2, { ...report, providerMessageId: "SM2", priceUnit: "07700900123" }));
  see(event("TextStatusChanged", 2, { status: "delivered" }));
  expect(await value("touchline_sms_segments_total", { purpose: "payment_link", encoding: "GSM-7" })).toBe(3);
  expect(await value("touchline_sms_cost_total", { currency: "GBP" })).toBeCloseTo(0.04);
  expect(await value("touchline_sms_cost_total", { currency: "other" })).toBeCloseTo(0.04);
  expect(await value("touchline_sms_ended_total", { state: "delivered" })).toBe(1);
});

test("a payment's status counts, however it became known", async () => {
  const { see, value } = watch();
  see(event("PaymentStatusChanged", 10, { status: "paid" }));
  see(event("PaymentStatusChanged", 20, { status: "failed" }));
  expect(await value("touchline_payment_status_total", { status: "paid" })).toBe(1);
  expect(await value("touchline_payment_status_total", { status: "failed" })).toBe(1);
});
