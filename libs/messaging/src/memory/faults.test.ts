import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PulledMessage } from "../client.ts";
import { consume, type Delivery, ensureStreams, type Messaging, type Settlement } from "../index.ts";
import { type Crossing, type Fate, type MemoryNats, memoryNats } from "./index.ts";

const TIMEOUT_MS = 5_000;
/** How long NATS waits for our consumer's answer before it delivers again. */
const ACK_WAIT_MS = 10_000;

let timers = 0;
const system = systemRuntime();
const runtime: typeof system = {
  ...system,
  after: (...args) => {
    timers++;
    return system.after(...args);
  },
  sleep: (...args) => {
    timers++;
    return system.sleep(...args);
  },
};
let server: MemoryNats;
let ending: AbortController;

beforeEach(async () => {
  // The clocks and timers of `runtime` move only as far as a test moves them.
  vi.useFakeTimers();
  server = memoryNats(runtime);
  ending = new AbortController();
  await ensureStreams(await connect());
});

afterEach(async () => {
  ending.abort();
  await pass(1_000);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const connect = (more: { killed?: AbortSignal; fate?: (crossing: Crossing) => Fate | undefined; name?: string } = {}) =>
  server.connect({ name: "test", runtime, ...more });
const subject = "events.test.Happened";

/** How a promise settles within some time. */
const within = async (ms: number, work: Promise<unknown>): Promise<unknown> => {
  let outcome: unknown = "open";
  work.then(
    (value) => (outcome = value),
    (error) => (outcome = error.code ?? error),
  );
  await pass(ms);
  return outcome;
};

/** Loses the first few crossings of one kind. */
const losing = (kind: Crossing, times = 1) => {
  let left = times;
  return (crossing: Crossing): Fate | undefined => (crossing === kind && left-- > 0 ? { lost: true } : undefined);
};

const reading = (messaging: Messaging, handle: (delivery: Delivery) => Promise<Settlement> = async () => "done") => {
  const seen: string[] = [];
  const broken: unknown[] = [];
  void consume(messaging, {
    stream: "EVENTS",
    durable: "durable",
    filter: "events.test.>",
    signal: ending.signal,
    onBroken: (error) => broken.push(error),
    handle: (delivery) => {
      seen.push(`${new TextDecoder().decode(delivery.data)}${delivery.deliveries}`);
      return handle(delivery);
    },
  });
  return { seen, broken };
};

/** The same connection, whose messages report with `working` that they are being handled. */
const withWorking = (messaging: Messaging, working: () => void): Messaging => {
  const { js } = messaging;
  const consume = async function* (messages: AsyncIterable<PulledMessage>) {
    for await (const message of messages) yield { ...message, working };
  };
  const get: typeof js.consumers.get = async (...given) => {
    const puller = await js.consumers.get(...given);
    return {
      ...puller,
      consume: async (options) => {
        const messages = await puller.consume(options);
        return { stop: (error) => messages.stop(error), [Symbol.asyncIterator]: () => consume(messages) };
      },
    };
  };
  return { ...messaging, js: { ...js, consumers: { get } } };
};

test("a lost call has no effect, a call whose answer is lost has one, and both time out", async () => {
  const before = await connect({ fate: losing("call") });
  expect(await within(TIMEOUT_MS - 1, before.publish(subject, "a"))).toBe("open");
  expect(await within(TIMEOUT_MS, before.publish(subject, "a", { msgId: "a" }))).toMatchObject({ seq: 1 });
  const after = await connect({ fate: losing("answer") });
  expect(await within(TIMEOUT_MS, after.publish(subject, "b", { msgId: "b" }))).toBe("TIMEOUT");
  expect(await within(0, after.publish(subject, "b", { expectLastSequence: 2 }))).toMatchObject({ seq: 3 });
});

test("late messages keep their order", async () => {
  const delays = [300, 0, 100];
  const messaging = await connect({
    fate: (crossing) => (crossing === "answer" ? {} : { delayMs: delays.shift() ?? 0 }),
  });
  messaging.publishUnanswered(subject, "a", { expectLastSequence: 0 });
  messaging.publishUnanswered(subject, "b", { expectLastSequence: 1 });
  const published = messaging.publish(subject, "c", { expectLastSequence: 2 });
  expect(await within(299, published)).toBe("open");
  expect(await within(1, published)).toMatchObject({ seq: 3 });
});

test("a message is redelivered when its delivery or its acknowledgement is lost", async () => {
  const messaging = await connect({ fate: losing("ack") });
  const { seen } = reading(messaging);
  await pass(0);
  await messaging.publish(subject, "a");
  await pass(ACK_WAIT_MS * 3);
  expect(seen).toEqual(["a1", "a2"]);
  ending.abort();
  await pass(0);
  ending = new AbortController();
  const other = reading(await connect({ fate: losing("delivery") }));
  await messaging.publish(subject, "b");
  await pass(ACK_WAIT_MS * 3);
  expect(other.seen).toEqual(["b2"]);
});

test("a closed connection does not end a process that is still handling a message", async () => {
  const messaging = await connect();
  const closed = () => {
    throw new Error("CONNECTION_CLOSED");
  };
  const { promise: handled, resolve } = Promise.withResolvers<Settlement>();
  const { seen } = reading(withWorking(messaging, closed), () => handled);
  await pass(0);
  await messaging.publish(subject, "a");
  await pass(4_000);
  expect(seen).toEqual(["a1"]);
  resolve("done");
});

test("a killed process hears and does nothing more, and another one gets its messages", async () => {
  const killing = new AbortController();
  const dying = await connect({ killed: killing.signal });
  const { promise: handled, resolve } = Promise.withResolvers<Settlement>();
  const dead = reading(dying, () => handled);
  const serving = dying.serve(
    "asked",
    "queue",
    ending.signal,
    async () => "here",
    () => {},
  );
  await pass(0);
  const messaging = await connect();
  await messaging.publish(subject, "a");
  await pass(0);
  expect(dead.seen).toEqual(["a1"]);
  expect(await within(0, messaging.request("asked", new Uint8Array(), {}, 100))).toBe("here");
  killing.abort();
  resolve("done");
  expect(await within(TIMEOUT_MS * 2, dying.publish(subject, "b"))).toBe("open");
  expect(await within(TIMEOUT_MS, Promise.race([serving, messaging.jsm.streams.info("EVENTS")]))).toMatchObject({
    state: { messages: 1 },
  });
  expect(await within(0, messaging.request("asked", new Uint8Array(), {}, 100))).toBeUndefined();
  const { seen } = reading(messaging);
  await pass(ACK_WAIT_MS);
  expect([dead.seen, seen]).toEqual([["a1"], ["a2"]]);
});

test("while the server is down, nothing is answered and a new process waits", async () => {
  const messaging = await connect();
  const statuses: boolean[] = [];
  await server.connect({ name: "other", runtime, onStatus: (connected) => statuses.push(connected) });
  server.stop();
  const opening = connect();
  expect(await within(TIMEOUT_MS - 1, messaging.publish(subject, "a"))).toBe("open");
  expect(await within(TIMEOUT_MS, messaging.jsm.streams.info("EVENTS"))).toBe("TIMEOUT");
  expect(await messaging.check()).toBe("not connected");
  expect(await within(60_000, opening)).toBe("open");
  server.start();
  await pass(1_000);
  expect(await (await opening).check()).toBeUndefined();
  expect([messaging.connected, statuses]).toEqual([true, [false, true]]);
  expect(await messaging.publish(subject, "b")).toMatchObject({ seq: 1 });
});

test("a broken connection is restored, and its reader goes on", async () => {
  const messaging = await connect({ name: "breaking" });
  const { seen } = reading(messaging);
  await pass(0);
  const other = await connect();
  server.drop("breaking");
  await other.publish(subject, "a");
  await pass(0);
  expect([messaging.connected, other.connected, seen]).toEqual([false, true, []]);
  await pass(1_000);
  expect([messaging.connected, seen]).toEqual([true, ["a1"]]);
});

test("a server that comes back empty is filled again", async () => {
  const messaging = await connect();
  const { seen, broken } = reading(messaging);
  await pass(0);
  await messaging.publish(subject, "a");
  await pass(0);
  server.stop();
  server.lose();
  server.start();
  await pass(2_000);
  await messaging.publish(subject, "b");
  await pass(0);
  expect(seen).toEqual(["a1", "b1"]);
  expect(broken).toHaveLength(1);
});

test("a restarted server knows the ids only of the messages that it still has", async () => {
  const messaging = await connect();
  const { jsm } = messaging;
  for (const msgId of ["a", "b"]) await messaging.publish(subject, "", { msgId });
  await jsm.streams.deleteMessage("EVENTS", 1);
  server.stop();
  server.start();
  await pass(500);
  expect(await messaging.publish(subject, "", { msgId: "b" })).toMatchObject({ duplicate: true });
  expect(await messaging.publish(subject, "", { msgId: "a" })).toMatchObject({ duplicate: false });
});

test("a day without messages costs a reader no timers", async () => {
  const messaging = await connect();
  reading(messaging);
  await pass(0);
  timers = 0;
  await pass(86_400_000);
  expect(timers).toBe(0);
  const { jsm } = messaging;
  await messaging.publish(subject, "a");
  await pass(0);
  expect((await jsm.consumers.info("EVENTS", "durable")).num_ack_pending).toBe(0);
});

test("messages leave a stream when they are too old or too many", async () => {
  const messaging = await connect();
  const { jsm } = messaging;
  await jsm.streams.add({ name: "SMALL", subjects: ["small"], max_bytes: 3_000, max_age: 60_000 * 1e6 });
  for (let n = 0; n < 5; n++) await messaging.publish("small", "x".repeat(900));
  expect((await jsm.streams.info("SMALL")).state).toMatchObject({ messages: 3, first_seq: 3 });
  await pass(30_000);
  await messaging.publish("small", "y");
  await pass(30_000);
  expect((await jsm.streams.info("SMALL")).state).toMatchObject({ messages: 1, first_seq: 6 });
});
