import { execFileSync } from "node:child_process";
import { findNatsServer } from "@touchline/embedded";
import { createHealth, systemRuntime } from "@touchline/service";
import { type NatsCluster, type NatsNode, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { connectMessaging, consume, ensureStreams, type Messaging } from "../src/index.ts";
import { tooOld } from "../src/known-good.ts";

const DURABLE = "test-intake";
const SUBJECT = "events.test.Happened";

let cluster: NatsCluster;
let messaging: Messaging;
let ending: AbortController;
let consuming: Promise<void>;
let broken: string[];
let seen: Set<string>;
const health = createHealth(systemRuntime());
const warnings: string[] = [];
const onWarning = (sentence: string) => warnings.push(sentence);

const soon = <T>(look: () => T | Promise<T>, timeout = 30_000) => vi.waitFor(look, { timeout, interval: 250 });

beforeAll(async () => {
  cluster = await startNatsCluster("cluster");
  messaging = await connectMessaging({ url: cluster.url, name: "test", health, onWarning });
  // Nothing answers until the three servers have elected a leader.
  await soon(() => ensureStreams(messaging));
}, 120_000);

afterAll(async () => {
  await messaging?.close();
  await cluster?.stop();
});

beforeEach(() => {
  ending = new AbortController();
  broken = [];
  seen = new Set();
  consuming = consume(messaging, {
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

afterEach(async () => {
  ending.abort();
  await consuming;
});

const check = async () => (await health.report()).checks.nats;
const isWell = () => soon(async () => expect(await check()).toEqual({ ok: true }));

/** Publishes a message, and expects it to be consumed within some milliseconds after it is stored. */
const passes = async (text: string, withinMs = 30_000) => {
  await soon(() => messaging.publish(SUBJECT, text, { msgId: text }), 90_000);
  await soon(() => expect([...seen], broken.join("\n")).toContain(text), withinMs);
};

const leaderOf = async (what: "stream" | "consumer"): Promise<NatsNode> => {
  const { jsm } = messaging;
  const { cluster: of } = await (what === "stream"
    ? jsm.streams.info("EVENTS")
    : jsm.consumers.info("EVENTS", DURABLE));
  return cluster.node(of?.leader ?? "");
};

/** The client has no method for these requests. */
const demote = async (what: "STREAM" | "CONSUMER") =>
  messaging.request(
    `$JS.API.${what}.LEADER.STEPDOWN.EVENTS${what === "CONSUMER" ? `.${DURABLE}` : ""}`,
    new Uint8Array(),
    {},
    5_000,
  );

test("streams and durable consumers have three copies on three servers", async () => {
  await passes("copied");
  const { config, cluster: ofStream } = await messaging.jsm.streams.info("EVENTS");
  const { cluster: ofConsumer } = await messaging.jsm.consumers.info("EVENTS", DURABLE);
  expect([config.num_replicas, ofStream?.replicas?.length, ofConsumer?.replicas?.length]).toEqual([3, 2, 2]);
});

test.each(["stream", "consumer"] as const)(
  "a deleted %s is created again, and reported missing until then",
  async (what) => {
    await passes(`before ${what}`);
    await isWell();
    if (what === "stream") await messaging.jsm.streams.delete("EVENTS");
    else await messaging.request(`$JS.API.CONSUMER.DELETE.EVENTS.${DURABLE}`, new Uint8Array(), {}, 5_000);
    await passes(`after ${what}`);
    await isWell();
  },
  60_000,
);

test("connecting to a cluster of old servers raises a warning", () => {
  const [, version = ""] = /v(\d\S+)/.exec(String(execFileSync(findNatsServer() ?? "", ["--version"]))) ?? [];
  expect(warnings[0]).toBe(tooOld({ version, cluster: "touchline" }));
});

test("missing streams and consumers are named", async () => {
  await passes("there");
  ending.abort();
  await consuming;
  await messaging.jsm.streams.delete("EVENTS");
  expect((await check())?.reason).toBe(`stream EVENTS does not exist; consumer ${DURABLE} does not exist`);
  await ensureStreams(messaging);
  expect((await check())?.reason).toBe(`consumer ${DURABLE} does not exist`);
}, 180_000);

test.each(["STREAM", "CONSUMER"] as const)(
  "a %s goes on when its leader steps down",
  async (what) => {
    await passes(`led ${what}`);
    await demote(what);
    await passes(`a new leader of ${what}`);
    await isWell();
  },
  60_000,
);

test.each(["stream", "consumer"] as const)(
  "the others go on when the server that leads a %s freezes",
  async (what) => {
    await passes(`flowing ${what}`);
    const leader = await leaderOf(what);
    leader.freeze();
    try {
      await passes(`frozen ${what}`, 30_000);
    } finally {
      leader.thaw();
    }
    await passes(`thawed ${what}`);
    await isWell();
  },
  120_000,
);

test("the loss of two of three servers is reported, and work goes on when they are back", async () => {
  await passes("quorate");
  const [, ...others] = cluster.nodes;
  await Promise.all(others.map((node) => node.kill()));
  try {
    await soon(async () => expect((await check())?.reason).toMatch(/stream EVENTS.*consumer test-intake/));
  } finally {
    await Promise.all(others.map((node) => node.start()));
  }
  await passes("quorate again", 60_000);
  await isWell();
}, 240_000);
