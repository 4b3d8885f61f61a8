import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { findNatsServer } from "@touchline/embedded";
import { systemRuntime } from "@touchline/service";
import type { NatsNode } from "@touchline/testing/stack";
import { expect, test } from "vitest";
import { ensureStreams, freeStuckConsumers } from "../src/index.ts";
import { tooOld } from "../src/known-good.ts";
import { DURABLE, onCluster, soon } from "./on-cluster.ts";

const { world, warnings, check, isWell, passes, stopConsuming } = onCluster();

const leaderOf = async (what: "stream" | "consumer"): Promise<NatsNode> => {
  const { jsm } = world().messaging;
  const { cluster: of } = await (what === "stream"
    ? jsm.streams.info("EVENTS")
    : jsm.consumers.info("EVENTS", DURABLE));
  return world().cluster.node(of?.leader ?? "");
};

/** The client has no method for these requests. */
const demote = async (what: "STREAM" | "CONSUMER") =>
  world().messaging.request(
    `$JS.API.${what}.LEADER.STEPDOWN.EVENTS${what === "CONSUMER" ? `.${DURABLE}` : ""}`,
    new Uint8Array(),
    {},
    5_000,
  );

test("streams and durable consumers have three copies on three servers", async () => {
  await passes("copied");
  const { config, cluster: ofStream } = await world().messaging.jsm.streams.info("EVENTS");
  const { cluster: ofConsumer } = await world().messaging.jsm.consumers.info("EVENTS", DURABLE);
  expect([config.num_replicas, ofStream?.replicas?.length, ofConsumer?.replicas?.length]).toEqual([3, 2, 2]);
});

test.each(["stream", "consumer"] as const)(
  "a deleted %s is created again, and reported missing until then",
  async (what) => {
    await passes(`before ${what}`);
    await isWell();
    if (what === "stream") await world().messaging.jsm.streams.delete("EVENTS");
    else await world().messaging.request(`$JS.API.CONSUMER.DELETE.EVENTS.${DURABLE}`, new Uint8Array(), {}, 5_000);
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
  await stopConsuming();
  await world().messaging.jsm.streams.delete("EVENTS");
  expect((await check())?.reason).toBe(`stream EVENTS does not exist; consumer ${DURABLE} does not exist`);
  // Servers give back the room of a deleted stream a moment later.
  await soon(() => ensureStreams(world().messaging));
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

test("a consumer that no longer notices new messages gets another leader", async () => {
  await passes("before");
  const { messaging } = world();
  const { jsm } = messaging;
  const before = await leaderOf("consumer");
  // Real servers get there only by chance. This one just says what it would say then.
  const list = async function* (stream: string) {
    for await (const consumer of jsm.consumers.list(stream))
      yield { ...consumer, num_pending: 0, delivered: { ...consumer.delivered, stream_seq: 0 } };
  };
  const ending = new AbortController();
  const freed: string[] = [];
  await freeStuckConsumers(
    {
      ...messaging,
      jsm: { ...jsm, consumers: { ...jsm.consumers, list } },
      runtime: { ...systemRuntime(), sleep: () => sleep(100) },
    },
    {
      stream: "EVENTS",
      signal: ending.signal,
      onFreed: (durable) => {
        freed.push(durable);
        ending.abort();
      },
      onFailed: (error) => {
        throw error;
      },
    },
  );
  expect(freed).toEqual([DURABLE]);
  await soon(async () => expect(await leaderOf("consumer")).not.toBe(before));
  await passes("afterwards");
  await isWell();
}, 60_000);

test.each(["stream", "consumer"] as const)(
  "the others go on when the server that leads a %s freezes",
  async (what) => {
    await passes(`flowing ${what}`);
    const leader = await leaderOf(what);
    const ending = new AbortController();
    // As the relay does: an old NATS may elect a leader that notices nothing.
    const freeing = freeStuckConsumers(world().messaging, {
      stream: "EVENTS",
      signal: ending.signal,
      onFreed: () => {},
      onFailed: () => {},
    });
    leader.freeze();
    try {
      await passes(`frozen ${what}`, 120_000);
    } finally {
      leader.thaw();
      ending.abort();
      await freeing;
    }
    await passes(`thawed ${what}`);
    await isWell();
  },
  300_000,
);

test("a stream does not get a single copy because one of three servers has no room", async () => {
  const { jsm } = world().messaging;
  const GIB = 1024 ** 3;
  await passes("before there is no room");
  await stopConsuming();
  await soon(() => jsm.streams.delete("EVENTS"));
  await soon(() => jsm.streams.add({ name: "LARGE", subjects: ["large"], max_bytes: 2.5 * GIB, num_replicas: 1 }));
  const noRoom = "insufficient storage";
  // Every ten seconds, servers hear how much room the others have.
  await soon(async () => {
    const probe = { name: "PROBE", subjects: ["probe"], max_bytes: 2 * GIB, num_replicas: 3 };
    await expect(jsm.streams.add(probe).then(() => jsm.streams.delete("PROBE"))).rejects.toThrow(noRoom);
  });
  // As when NATS_URL is one name for all servers: their number is not known.
  await expect(ensureStreams({ jsm })).rejects.toThrow(noRoom);
  await soon(() => jsm.streams.delete("LARGE"));
  await soon(() => ensureStreams(world().messaging));
  expect((await jsm.streams.info("EVENTS")).config.num_replicas).toBe(3);
}, 240_000);
