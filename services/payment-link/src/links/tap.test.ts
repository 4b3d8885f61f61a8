import { Fault, type PaymentEvent } from "@touchline/contracts";
import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { evolve, linkAfter } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import type { Link, LinkState } from "../payment/state.ts";
import { createTaps } from "./tap.ts";

const runtimeAt = (now: string) => ({ ...systemRuntime(), now: () => new Date(now) });

test("after SEASON_END, a family of the next season is asked again for a mandate that ended", async () => {
  const asked: string[] = [];
  const at = "2027-06-10T10:00:00.000Z";
  const base = { billingRequestId: LINK, occurredAt: at, via: "webhook", action: "x" } as const;
  const link = (
    [
      tokenCreated({ season: "2728", createdAt: at }),
      { type: "PaymentFulfilled", data: { ...base, requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
      { type: "MandateFailed", data: { ...base, mandateId: "MD1" } },
    ] satisfies PaymentEvent[]
  ).reduce<LinkState>(evolve, { status: "none" }) as Link;
  const taps = createTaps({
    askAgain: async (one: Link) => {
      asked.push(one.id);
      return one;
    },
    seasons: { collecting: (one?: Link) => one?.season === "2728" },
    flows: {},
    records: {},
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    runtime: runtimeAt(at),
  } as never);
  const { to } = await taps.tap(link);
  expect([to, asked]).toEqual(["try_again", [LINK]]);
});

test("if GoCardless refuses to ask for what is owed, the parent is sent to the club", async () => {
  const taps = createTaps({
    askAgain: async () => "refused",
    seasons: { collecting: () => true },
    flows: {},
    records: {},
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    runtime: runtimeAt("2026-09-10T10:00:00.000Z"),
  } as never);
  const cancelled: PaymentEvent = {
    type: "PaymentTokenCancelled",
    data: {
      billingRequestId: LINK,
      requestId: LINK,
      by: "us",
      occurredAt: "2026-09-09T10:00:00.000Z",
      via: "read",
      action: "x",
    },
  };
  expect((await taps.tap(linkAfter(tokenCreated(), cancelled))).to).toBe("ask_club");
});

test("a fee that came back cannot be paid again through a request that is still open", async () => {
  const at = (day: number) => `2026-11-${day}T10:00:00.000Z`;
  const said = (day: number) => ({ billingRequestId: LINK, occurredAt: at(day), via: "webhook", action: "x" }) as const;
  const link = (
    [
      tokenCreated({ createdAt: at(10) }),
      { type: "PaymentFulfilled", data: { ...said(11), requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
      { type: "MandateFailed", data: { ...said(12), mandateId: "MD1" } },
      { type: "PaymentChargedBack", data: { ...said(13), paymentId: "PM1" } },
      {
        type: "PaymentLinkReopened",
        data: {
          billingRequestId: LINK,
          requestId: "BRQ0002ABC",
          registrationId: "r-1",
          replaces: LINK,
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
    seasons: { collecting: () => true },
    flows: {
      read: async (id: string) => ({ id, status: "pending" }),
      get: async () => ({ id: "BRF1", url: "https://pay.gocardless.com/flow", fresh: false }),
    },
    records: { opened: () => {} },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    runtime: runtimeAt(at(16)),
  } as never);
  expect(await taps.tap(link)).toMatchObject({ to: "try_again" });
});

test("a request that we cancelled does not mean that nothing is owed, even while the event store is away", async () => {
  const at = "2026-11-10T10:00:00.000Z";
  const cancelling: PaymentEvent = {
    type: "PaymentTokenCancellationStarted",
    data: { billingRequestId: LINK, requestId: LINK, startedAt: at },
  };
  const taps = createTaps({
    seasons: { collecting: () => true },
    flows: {
      read: async (id: string) => ({ id, status: "cancelled" }),
      get: async () => "invalid_state",
      forget: () => {},
    },
    records: { learn: async () => undefined },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    runtime: runtimeAt(at),
  } as never);
  expect((await taps.tap(linkAfter(tokenCreated(), cancelling))).to).toBe("try_again");
  expect((await taps.tap(linkAfter(tokenCreated()))).to).toBe("cancelled");
});

test("a request that allows no page is not open any more, even if it could not be read", async () => {
  const read = [
    async () => {
      throw new Fault("provider_unavailable", {});
    },
    async (id: string) => ({ id, status: "pending" }),
  ];
  for (const one of read) {
    const taps = createTaps({
      seasons: { collecting: () => true },
      flows: { read: one, get: async () => "invalid_state" },
      log: createLogger("test", "silent"),
      metrics: createMetrics("test"),
      runtime: runtimeAt("2026-11-10T10:00:00.000Z"),
    } as never);
    expect((await taps.tap(linkAfter(tokenCreated()))).to).toBe("processing");
  }
});
