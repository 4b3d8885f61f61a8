import type { PaymentEvent } from "@touchline/contracts";
import { createLogger, createMetrics } from "@touchline/service";
import { expect, test } from "vitest";
import { evolve, type Link, type LinkState } from "../payment/state.ts";
import { createTaps } from "./tap.ts";

const token = (season: string, createdAt: string): Extract<PaymentEvent, { type: "PaymentTokenCreated" }> => ({
  type: "PaymentTokenCreated",
  data: {
    billingRequestId: "BRQ0001ABC",
    registrationId: "r-1",
    origin: "created",
    feePence: 4_500,
    mandate: true,
    monthlyFeePence: 2_750,
    preferredPaymentDay: 1,
    season,
    createdAt,
  },
});

test("after SEASON_END, a mandate that is gone is asked for again by who is registered for the next season", async () => {
  const asked: string[] = [];
  const at = "2027-06-10T10:00:00.000Z";
  const base = { billingRequestId: "BRQ0001ABC", occurredAt: at, via: "webhook", action: "x" } as const;
  const link = (
    [
      token("2728", at),
      { type: "PaymentFulfilled", data: { ...base, requestId: "BRQ0001ABC", paymentId: "PM1", mandateId: "MD1" } },
      { type: "MandateFailed", data: { ...base, mandateId: "MD1" } },
    ] satisfies PaymentEvent[]
  ).reduce<LinkState>(evolve, { status: "none" }) as Link;
  const taps = createTaps({
    askAgain: async (one: Link) => {
      asked.push(one.id);
      return one;
    },
    collecting: (one?: Link) => one?.season === "2728",
    flows: {},
    records: {},
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    clock: () => new Date(at),
  } as never);
  const { to } = await taps.tap(link);
  expect([to, asked]).toEqual(["try_again", ["BRQ0001ABC"]]);
});

test("a fee that came back is not paid again while the request that asked for it again is still open", async () => {
  const at = (day: number) => `2026-11-${day}T10:00:00.000Z`;
  const said = (day: number) =>
    ({ billingRequestId: "BRQ0001ABC", occurredAt: at(day), via: "webhook", action: "x" }) as const;
  const link = (
    [
      token("2627", at(10)),
      { type: "PaymentFulfilled", data: { ...said(11), requestId: "BRQ0001ABC", paymentId: "PM1", mandateId: "MD1" } },
      { type: "MandateFailed", data: { ...said(12), mandateId: "MD1" } },
      { type: "PaymentChargedBack", data: { ...said(13), paymentId: "PM1" } },
      {
        type: "PaymentLinkReopened",
        data: {
          billingRequestId: "BRQ0001ABC",
          requestId: "BRQ0002ABC",
          registrationId: "r-1",
          replaces: "BRQ0001ABC",
          count: 1,
          feePence: 4_500,
          mandate: true,
          reopenedAt: at(14),
        },
      },
      { type: "PaymentChargebackCancelled", data: { ...said(15), paymentId: "PM1" } },
    ] satisfies PaymentEvent[]
  ).reduce<LinkState>(evolve, { status: "none" }) as Link;
  const taps = createTaps({
    collecting: () => true,
    flows: {
      read: async (id: string) => ({ id, status: "pending" }),
      young: () => ({ id: "BRF1", url: "https://pay.gocardless.com/flow", fresh: false }),
    },
    records: { opened: () => {} },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    clock: () => new Date(at(16)),
  } as never);
  expect(await taps.tap(link)).toEqual({ to: "try_again" });
});
