import { streams } from "@touchline/contracts";
import { ensureStreams, makeConsumer } from "@touchline/messaging";
import { type Fate, memoryNats } from "@touchline/messaging/memory";
import { createMetrics, systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { observeStreams } from "./observe-streams.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the gauges show what waits for each consumer and the size of each stream, and nothing while NATS does not answer", async () => {
  let silent = false;
  const runtime = systemRuntime();
  const fate = (): Fate => ({ lost: silent });
  const messaging = await memoryNats(runtime).connect({ name: "relay", runtime, fate });
  await ensureStreams(messaging, Object.values(streams));
  await makeConsumer(messaging, { stream: streams.events, durable: "notification-intake", filter: "events.payment.>" });
  for (const type of ["A", "B", "C"]) await messaging.publish(`events.payment.${type}`, "{}");
  const puller = await messaging.js.consumers.get(streams.events, "notification-intake");
  for await (const _ of await puller.fetch({ max_messages: 1, expires: 1_000 }));

  const metrics = createMetrics("relay");
  observeStreams(metrics, messaging);
  const shown = async () => {
    const text = metrics.registry.metrics();
    await vi.advanceTimersByTimeAsync(10_000);
    return (await text).split("\n").filter((line) => /^touchline_(consumer|stream)/.test(line));
  };
  const lines = await shown();
  for (const line of [
    'touchline_consumer_pending{durable="notification-intake",service="relay"} 2',
    'touchline_consumer_unacknowledged{durable="notification-intake",service="relay"} 1',
    'touchline_consumer_redelivered{durable="notification-intake",service="relay"} 0',
    'touchline_stream_messages{stream="EVENTS",service="relay"} 3',
    'touchline_stream_messages{stream="CHAT",service="relay"} 0',
  ])
    expect(lines).toContain(line);
  silent = true;
  expect(await shown()).toEqual([]);
});
