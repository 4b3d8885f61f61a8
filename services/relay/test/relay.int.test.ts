import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { allEventSubjects, eventHeaders, streams } from "@touchline/contracts";
import { type RunningEventStore, startEventStore } from "@touchline/embedded";
import { type Aggregate, connectEventStore, connectRawStore, type EventStore, transact } from "@touchline/event-store";
import { connectMessaging, type Messaging, walkMessages } from "@touchline/messaging";
import { createMetrics, systemRuntime } from "@touchline/service";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { natsServer, type Server } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { toMessage } from "../src/message.ts";
import { observeRelayLag } from "../src/observe-lag.ts";
import { runRelay } from "../src/relay.ts";

type Given = { readonly type: "SmsGivenUp"; readonly data: { code: string; reason: string; givenUpAt: string } };
const counting: Aggregate<number, Given> = { category: "sms", initial: 0, evolve: (n) => n + 1 };
const given = (n: number): Given => ({
  type: "SmsGivenUp",
  data: { code: String(n), reason: "test", givenUpAt: "2026-09-01T10:00:00.000Z" },
});

let folder: TemporaryFolder;
let eventStore: RunningEventStore;
let nats: Server;
let store: EventStore;
let messaging: Messaging;
const running: { stop: AbortController; done: Promise<void> }[] = [];

beforeAll(async () => {
  folder = temporaryFolder("relay");
  eventStore = await startEventStore({ dataDir: join(folder.path, "store") });
  store = connectEventStore({ url: eventStore.url });
});

afterAll(async () => {
  await store.close();
  await eventStore.stop();
  folder.remove();
});

beforeEach(async () => {
  nats = await natsServer(mkdtempSync(join(folder.path, "nats-")));
  await nats.start();
  messaging = await connectMessaging({ url: nats.url, name: "test" });
});

afterEach(async () => {
  for (const { stop, done } of running.splice(0)) {
    stop.abort();
    await done;
  }
  await messaging.close();
  await nats.stop();
});

const relay = (onReached: (position: bigint) => void = () => {}, through: Messaging = messaging) => {
  const stop = new AbortController();
  const resync = new EventTarget();
  const seen = { skipped: 0, foreign: 0, works: 0, broken: [] as unknown[] };
  const options = {
    store,
    messaging: through,
    signal: stop.signal,
    resync,
    onReached,
    runtime: systemRuntime(),
    onWorks: () => void seen.works++,
    onSkipped: () => void seen.skipped++,
    onForeign: (count: number) => {
      seen.foreign += count;
    },
    onBroken: (error: unknown) => seen.broken.push(error),
  };
  const one = { stop, resync, seen, done: runRelay(options) };
  running.push(one);
  return one;
};

const append = async (id: string, from: number, count: number) => {
  for (let n = from; n < from + count; n++) await transact(store, counting, id, () => [given(n)], { service: "test" });
};

/** Positions of the relay's messages in the EVENTS stream, in the stream's order. */
const relayed = async (): Promise<bigint[]> => {
  const positions: bigint[] = [];
  for await (const { header } of walkMessages(messaging, { stream: streams.events, subject: allEventSubjects })) {
    const position = header(eventHeaders.position);
    if (position) positions.push(BigInt(position));
  }
  return positions;
};

const stored = async (): Promise<bigint[]> => {
  const positions: bigint[] = [];
  for await (const event of store.readAll()) if (toMessage(event)) positions.push(event.position);
  return positions;
};

/** Waits until the stream has exactly what the store has. */
const expectAllRelayed = async () => {
  const wanted = await stored();
  await expect.poll(() => relayed().catch(() => []), { timeout: 30_000, interval: 100 }).toEqual(wanted);
};

test("every event is relayed once, in order, and a stopped relay continues where the stream ends", async () => {
  const first = relay();
  await append("a", 0, 20);
  await expectAllRelayed();
  first.stop.abort();
  await first.done;
  await append("a", 20, 20);
  relay();
  await expectAllRelayed();
});

test("two relays at once make no duplicates and keep the order", async () => {
  relay();
  relay();
  await Promise.all([append("b", 0, 40), append("c", 0, 40)]);
  await expectAllRelayed();
});

test("a stream that lost its tail is refilled, even without a new event", async () => {
  relay();
  await append("d", 0, 10);
  await expectAllRelayed();
  const { state } = await messaging.jsm.streams.info(streams.events);
  for (let seq = state.last_seq; seq > state.last_seq - 5; seq--)
    await messaging.jsm.streams.deleteMessage(streams.events, seq);
  await expectAllRelayed();
});

test("a deleted stream is created and filled again, even without a new event", async () => {
  relay();
  await append("deleted", 0, 10);
  await expectAllRelayed();
  await messaging.jsm.streams.delete(streams.events);
  await expectAllRelayed();
});

test("while JetStream stores nothing, no round works; afterwards everything is relayed", async () => {
  const { seen } = relay();
  await append("refused", 0, 1);
  await expectAllRelayed();
  const { jsm } = messaging;
  const { config } = await jsm.streams.info(streams.events);
  const limited = (bytes: number): typeof config => Object.assign({ ...config }, { max_msg_size: bytes });
  await jsm.streams.update(streams.events, limited(10));
  await append("refused", 1, 1);
  await expect.poll(() => seen.broken.length).toBeGreaterThan(0);
  const { works } = seen;
  await expect.poll(() => seen.broken.length).toBeGreaterThan(2);
  expect(seen.works).toBe(works);
  await jsm.streams.update(streams.events, limited(-1));
  await expectAllRelayed();
  await expect.poll(() => seen.works).toBeGreaterThan(works);
});

test("NATS is refilled after it lost everything", async () => {
  relay();
  await append("e", 0, 10);
  await expectAllRelayed();
  await messaging.jsm.streams.delete(streams.events);
  await append("e", 10, 1);
  await expectAllRelayed();
});

test("another publisher's message does not make the relay start from zero", async () => {
  const first = relay();
  await append("f", 0, 3);
  await expectAllRelayed();
  first.stop.abort();
  await first.done;
  const before = await relayed();
  await messaging.publish("events.foreign.Thing", "{}");
  await append("f", 3, 1);
  relay();
  await expect
    .poll(async () => (await messaging.jsm.streams.info(streams.events)).state.messages)
    .toBe(before.length + 2);
});

test("another publisher's message within a batch does not replace an event", async () => {
  await append("i", 0, 10);
  let intruders = 0;
  const intruded = new Proxy(messaging, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "publishUnanswered") return value.bind(target);
      return (...message: Parameters<Messaging["publishUnanswered"]>) => {
        if (intruders++ === 0) target.publishUnanswered("events.foreign.Thing", "{}", {});
        target.publishUnanswered(...message);
      };
    },
  });
  relay(undefined, intruded);
  await expectAllRelayed();
  expect(intruders).toBeGreaterThan(0);
});

/** Events of other programs in the same store, each in its own stream. */
const foreign = async (): Promise<number> => {
  const raw = connectRawStore(eventStore.url);
  const text = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  const fit = given(1).data;
  const events: [stream: string, type: string, data: Buffer, metadata?: Buffer, contentType?: string][] = [
    ["hello", "world", text({})],
    ["hello world-1", "world", text({})],
    ["a.b-1", "world", text({})],
    ["a*-1", "> *", text({})],
    ["größe-1", "naïve", text({})],
    ["sms-größe", "SmsGivenUp", text(fit)],
    ["sms-two words", "SmsGivenUp", text(fit)],
    ["sms-line\r\nbreak", "SmsGivenUp", text(fit)],
    [`sms-${"x".repeat(5_000)}`, "SmsGivenUp", text(fit)],
    ["binary-1", "world", Buffer.from([0, 255, 254]), Buffer.from([255]), "application/octet-stream"],
    ["broken-1", "world", text("{")],
    ["array-1", "world", text([1])],
    ["empty-1", "world", text("")],
    ["huge-1", "world", text({ x: "x".repeat(1_000_000) })],
    ["metadata-1", "world", text({}), text({ x: "x".repeat(500_000) })],
    ["hello-1", "SmsGivenUp", text(fit)],
  ];
  for (const [stream, type, data, metadata = Buffer.alloc(0), contentType = "application/json"] of events) {
    await raw.append(stream, 0n, [{ id: randomUUID(), type, data, metadata, contentType }]);
  }
  // These are Touchline's, however odd their metadata is.
  for (const metadata of [null, "text", 7, [1], { $correlationId: 7, traceparent: "a\r\nb", firstStoredAt: "never" }]) {
    const id = randomUUID();
    const event = {
      id,
      type: "SmsGivenUp",
      data: text(fit),
      metadata: text(metadata),
      contentType: "application/json",
    };
    await raw.append(`sms-${id}`, 0n, [event]);
  }
  await raw.close();
  return events.length;
};

test("events that are not Touchline's are skipped and counted, whatever they look like", async () => {
  await append("j", 0, 2);
  const skipped = await foreign();
  await append("j", 2, 2);
  const { seen } = relay();
  await expectAllRelayed();
  expect([seen.skipped, seen.broken]).toEqual([skipped, []]);
}, 60_000);

test("another publisher's message does not make a running relay restart", async () => {
  const { seen } = relay();
  await append("k", 0, 2);
  await expectAllRelayed();
  for (let n = 0; n < 5; n++) {
    await messaging.publish("events.foreign.Thing", "{}");
    await append("k", 2 + n, 1);
  }
  const wanted = (await stored()).length + 5;
  await expect
    .poll(async () => (await messaging.jsm.streams.info(streams.events)).state.messages, { timeout: 20_000 })
    .toBe(wanted);
  expect(seen.broken).toEqual([]);
}, 60_000);

test("a flood of other messages delays the relay, which counts them and continues where it left off", async () => {
  const { seen } = relay();
  await append("l", 0, 2);
  await expectAllRelayed();
  const count = 5_000;
  const flood = async () => {
    for (let n = 0; n < count; n++) {
      messaging.publishUnanswered("events.foreign.Thing", "{}", {});
      if (n % 100 === 0) await new Promise(setImmediate);
    }
  };
  await Promise.all([flood(), append("l", 2, 20)]);
  await expectAllRelayed();
  // The quiet relay keeps checking the end of the stream.
  await expect.poll(() => seen.foreign, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
  await append("l", 22, 1);
  await expectAllRelayed();
  // Checks may overlap.
  expect(seen.foreign).toBeLessThan(1.2 * count);
  expect(seen.broken).toEqual([]);
}, 60_000);

test("a relay starts at once even with thousands of other messages at the end of the stream", async () => {
  const first = relay();
  await append("m", 0, 2);
  await expectAllRelayed();
  first.stop.abort();
  await first.done;
  for (let n = 0; n < 5_000; n++) messaging.publishUnanswered("events.foreign.Thing", "{}", {});
  await messaging.publish("events.foreign.Thing", "{}");
  await append("m", 2, 1);
  const { seen } = relay();
  await expect.poll(relayed, { timeout: 10_000 }).toEqual(await stored());
  expect([seen.foreign, seen.broken]).toEqual([5_001, []]);
}, 60_000);

test("the relay waits while NATS is down, shows how far NATS is behind, and continues", async () => {
  const metrics = createMetrics("relay");
  const lag = async (unit: string) => {
    const text = await metrics.registry.metrics();
    return Number(new RegExp(`^touchline_relay_lag_${unit}\\{[^}]*\\} (.*)$`, "m").exec(text)?.[1]);
  };
  relay(observeRelayLag(metrics, store));
  await append("g", 0, 5);
  await expectAllRelayed();
  await expect.poll(() => lag("events"), { timeout: 10_000 }).toBe(0);
  expect(await lag("seconds")).toBe(0);
  await nats.kill();
  await append("g", 5, 5);
  // Even if the relay's rounds have failed for long.
  await expect.poll(() => lag("seconds"), { timeout: 20_000 }).toBeGreaterThan(6);
  expect(await lag("events")).toBe(5);
  await nats.start();
  await expectAllRelayed();
  await expect.poll(() => lag("events"), { timeout: 10_000 }).toBe(0);
});

/** Publishes without a pause until stopped. */
const flood = () => {
  let isOn = true;
  const publish = async () => {
    while (isOn) await messaging.publish("events.foreign.Thing", "{}");
  };
  const ended = Promise.all([publish(), publish()]);
  return async () => {
    isOn = false;
    await ended;
  };
};

test.each([1, 2])(
  "among endless other messages, %i relays still publish each event once, in order",
  async (relays) => {
    const seen = Array.from({ length: relays }, () => relay().seen);
    await append("n", 0, 2);
    await expectAllRelayed();
    const stopFlood = flood();
    await append("n", 2, 20);
    const count = async () => {
      const { state } = await messaging.jsm.streams.info(streams.events, { subjects_filter: "events.sms.SmsGivenUp" });
      return state.subjects?.["events.sms.SmsGivenUp"];
    };
    const wanted = (await stored()).length - 1;
    try {
      await expect.poll(count, { timeout: 20_000 }).toBeGreaterThanOrEqual(wanted);
    } finally {
      await stopFlood();
    }
    await expectAllRelayed();
    if (relays === 1) expect(seen[0]?.broken).toEqual([]);
  },
  60_000,
);
