import { gatewayChanges, gatewayRefusals, streams } from "@touchline/contracts";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { connectMessaging, ensureStreams, type Messaging } from "@touchline/messaging";
import { createMetrics, systemRuntime } from "@touchline/service";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { observeStreams } from "../src/observe-streams.ts";
import { runRelay } from "../src/relay.ts";

let infrastructure: Infrastructure;
let messaging: Messaging;
let store: EventStore;

beforeAll(async () => {
  infrastructure = await startInfrastructure("relay-streams");
  const { env } = infrastructure;
  store = connectEventStore({ url: env.EVENTSTORE_URL });
  messaging = await connectMessaging({ url: env.NATS_URL, name: "test" });
});

afterAll(async () => {
  await messaging?.close();
  await store?.close();
  await infrastructure?.stop();
});

beforeEach(() => ensureStreams(messaging, Object.values(streams)));

test("a missing stream does not hide the numbers of the others", async () => {
  await messaging.jsm.streams.delete(streams.chat);
  const metrics = createMetrics("relay");
  observeStreams(metrics, messaging);
  const text = await metrics.registry.metrics();
  for (const stream of [streams.events, streams.deadLetters, streams.changes])
    expect(text).toContain(`touchline_stream_messages{stream="${stream}"`);
  expect(text).not.toContain(`stream="${streams.chat}"`);
});

test("whatever JetStream loses while the relay runs is recreated", async () => {
  const ending = new AbortController();
  const { signal } = ending;
  const running = runRelay({
    store,
    messaging,
    signal,
    runtime: systemRuntime(),
    resync: new EventTarget(),
    onPublished: () => {},
  });
  const { jsm } = messaging;
  const places = () =>
    Promise.all([gatewayRefusals, gatewayChanges].map(({ stream, durable }) => jsm.consumers.info(stream, durable)));
  try {
    await expect.poll(places).toHaveLength(2);
    for (const stream of [streams.chat, streams.deadLetters, streams.changes]) await jsm.streams.delete(stream);
    expect(await messaging.check()).toContain(`stream ${streams.chat} does not exist`);
    await expect.poll(places, { timeout: 10_000 }).toHaveLength(2);
    expect(await messaging.check()).toBeUndefined();
  } finally {
    ending.abort();
    await running;
  }
});
