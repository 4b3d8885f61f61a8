import { createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { createPoller } from "./poller.ts";

const NOW = "2026-11-22T10:00:00.000Z";
const secondsAgo = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1_000).toISOString();
const confirmed = (id: string, created_at?: unknown) => ({
  id,
  resource_type: "payments",
  action: "confirmed",
  links: { payment: `PM${id}` },
  created_at,
});

/** Polls a GoCardless that lists `events`, with the checkpoint an hour ago. */
const polling = (events: readonly unknown[]) => {
  const batches: unknown[][] = [];
  let until = new Date(secondsAgo(3_600));
  const poller = createPoller({
    provider: {
      events: async function* () {
        yield events;
      },
    },
    ingest: { batch: async (raw: unknown[]) => batches.push(raw.map((one) => Object(one).id)) },
    checkpoint: { read: () => until, write: (at: Date) => (until = at) },
    log: createLogger("test", "silent"),
    metrics: createMetrics("test"),
    signal: new AbortController().signal,
    everyMs: 60_000,
    runtime: { ...systemRuntime(), now: () => new Date(NOW) },
  } as never);
  return { poller, batches, until: () => until.toISOString() };
};

test.each([undefined, null, "yesterday", 7, "+012026-01-01T00:00:00Z"])(
  "an event whose time is %s is recorded by the first poll, once, and moves no checkpoint",
  async (time) => {
    const { poller, batches, until } = polling([confirmed("EVUNDATED", time), confirmed("EVDATED", secondsAgo(600))]);
    await poller.once();
    await poller.once();
    expect([batches, until()]).toEqual([[["EVDATED", "EVUNDATED"]], secondsAgo(600)]);
  },
);

test("a very recent event is left to its webhook, and one from a clock that is ahead is not", async () => {
  const { poller, batches, until } = polling([
    confirmed("EVAHEAD", secondsAgo(-60)),
    confirmed("EVNEW", secondsAgo(2)),
  ]);
  await poller.once();
  expect([batches, until()]).toEqual([[["EVAHEAD"]], NOW]);
});
