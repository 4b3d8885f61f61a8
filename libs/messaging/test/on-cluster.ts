import { createHealth, systemRuntime } from "@touchline/service";
import { type NatsCluster, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { connectMessaging, consume, ensureStreams, type Messaging } from "../src/index.ts";

export const DURABLE = "test-intake";
export const SUBJECT = "events.test.Happened";

export const soon = <T>(look: () => T | Promise<T>, timeout = 30_000) => vi.waitFor(look, { timeout, interval: 250 });

interface World {
  readonly cluster: NatsCluster;
  readonly messaging: Messaging;
}

/** For a test file: three real servers, and during each test a consumer that remembers what it has seen. */
export const onCluster = () => {
  const health = createHealth(systemRuntime());
  const warnings: string[] = [];
  let started: World | undefined;
  let ending: AbortController;
  let consuming: Promise<void>;
  let broken: string[];
  let seen: Set<string>;

  const world = (): World => {
    if (!started) throw new Error("The cluster did not start.");
    return started;
  };

  beforeAll(async () => {
    const cluster = await startNatsCluster("cluster");
    const onWarning = (sentence: string) => warnings.push(sentence);
    const messaging = await connectMessaging({ url: cluster.url, name: "test", health, onWarning });
    started = { cluster, messaging };
    // Nothing answers until the three servers have elected a leader.
    await soon(() => ensureStreams(messaging));
  }, 120_000);

  afterAll(async () => {
    await started?.messaging.close();
    await started?.cluster.stop();
  });

  beforeEach(() => {
    ending = new AbortController();
    broken = [];
    seen = new Set();
    consuming = consume(world().messaging, {
      stream: "EVENTS",
      durable: DURABLE,
      filter: SUBJECT,
      signal: ending.signal,
      handle: async (delivery) => {
        seen.add(new TextDecoder().decode(delivery.data));
        return "done";
      },
      onBroken: (error) => broken.push(String(error)),
    });
  });

  const stopConsuming = async () => {
    ending.abort();
    await consuming;
  };
  afterEach(stopConsuming);

  const check = async () => (await health.report()).checks.nats;
  const isWell = () => soon(async () => expect(await check()).toEqual({ ok: true }));

  /** Publishes a message, and expects it to be consumed within some milliseconds after it is stored. */
  const passes = async (text: string, withinMs = 30_000) => {
    await soon(() => world().messaging.publish(SUBJECT, text, { msgId: text }), 90_000);
    await soon(() => expect([...seen], broken.join("\n")).toContain(text), withinMs);
  };

  return { world, warnings, check, isWell, passes, stopConsuming };
};
