import { connect as connectTcp } from "node:net";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { natsServer, type Server } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type ConsumeOptions,
  connectMessaging,
  consume,
  ensureStreams,
  type KeptMessage,
  listDeadLetters,
  type Messaging,
  sweep,
} from "../src/index.ts";

let folder: TemporaryFolder;
let nats: Server;
let messaging: Messaging;
let ending: AbortController;
let running: Promise<void>[];

beforeAll(async () => {
  folder = temporaryFolder("messaging");
  nats = await natsServer(folder.path);
  await nats.start();
  messaging = await connectMessaging({ url: nats.url, name: "test" });
  await ensureStreams(messaging);
  await messaging.jsm.streams.add({ name: "TESTS", subjects: ["tests.>"] });
});

afterAll(async () => {
  await messaging?.close();
  await nats?.stop();
  folder.remove();
});

beforeEach(() => {
  ending = new AbortController();
  running = [];
});

afterEach(async () => {
  ending.abort();
  await Promise.all(running);
});

let count = 0;
/** Starts a consumer on a separate subject. */
const start = (handle: ConsumeOptions["handle"]): string => {
  const name = `test-${++count}`;
  running.push(
    consume(messaging, { stream: "TESTS", durable: name, filter: `tests.${name}`, signal: ending.signal, handle }),
  );
  return name;
};

const lettersOf = (durable: string) => listDeadLetters(messaging, { durable });

/** Publishes as a client without checks would; ours refuses such names. */
const publishRaw = async (subject: string, headers: string, payload: Uint8Array) => {
  const { hostname, port } = new URL(nats.url);
  const socket = connectTcp(Number(port), hostname);
  const head = Buffer.from(`NATS/1.0\r\n${headers}\r\n\r\n`, "latin1");
  socket.write('CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n');
  socket.write(`HPUB ${subject} ${head.length} ${head.length + payload.length}\r\n`);
  socket.end(Buffer.concat([head, payload, Buffer.from("\r\n")]));
  await new Promise((resolve) => socket.resume().once("close", resolve));
};

test.each(["Bad Key: x", "\u00ff\u00fe: \u00ff", "Bad\u0001Key: x"])(
  "a message with unreadable headers (%j) is handled without them, and can be parked",
  async (headers) => {
    let handled = 0;
    const name = start(async (delivery) => {
      handled++;
      return delivery.header("Colour") === undefined ? "poison" : "done";
    });
    const payload = Uint8Array.from([0, 255, 10, 13]);
    await expect.poll(() => messaging.jsm.consumers.info("TESTS", name).catch(() => undefined)).toBeDefined();
    await publishRaw(`tests.${name}`, headers, payload);
    await expect.poll(() => lettersOf(name).then((letters) => letters.length), { timeout: 20_000 }).toBe(1);
    const [letter] = await lettersOf(name);
    expect(letter).toMatchObject({ subject: `tests.${name}`, headers: {}, deliveries: 1 });
    expect(Buffer.from(letter?.payload ?? []).equals(payload)).toBe(true);
    expect(handled).toBe(1);
  },
);

test("a sweep reads headers as consumers do, and skips messages with unreadable ones", async () => {
  const name = `swept-${++count}`;
  const publish = (payload: string, headers: Record<string, string>) =>
    messaging.publish(`tests.${name}`, payload, { headers, msgId: `${name}/${payload}` });
  await publish("kept", { colour: "blue" });
  await publishRaw(`tests.${name}`, "Bad Key: x", Buffer.from("unreadable"));
  await publish("doomed", { colour: "red" });
  const seen: (string | undefined)[] = [];
  const isDoomed = ({ header }: KeptMessage) => {
    seen.push(header("Colour"));
    return header("Colour") === "red";
  };
  expect(await sweep(messaging, "TESTS", `tests.${name}`, isDoomed)).toBe(1);
  expect(await sweep(messaging, "TESTS", `tests.${name}`, isDoomed)).toBe(0);
  expect(seen).toEqual(["blue", undefined, "red", "blue", undefined]);
});

test("a consumer that hears nothing, although it exists and its client keeps asking, is opened again", async () => {
  let asked = 0;
  const deafOnce: Messaging["js"]["consumers"]["get"] = async (stream, wanted) => {
    const consumer = await messaging.js.consumers.get(stream, wanted);
    const pull = consumer.consume.bind(consumer);
    consumer.consume = async (options) => {
      const messages = await pull(options);
      // The client carries on as if it still had its inbox.
      if (asked++ === 0) (messages as unknown as { sub: { unsubscribe(): void } }).sub.unsubscribe();
      return messages;
    };
    return consumer;
  };
  const publish = messaging.js.publish.bind(messaging.js);
  const deaf = { ...messaging, js: { publish, consumers: { get: deafOnce } } };
  const broken: string[] = [];
  let handled = 0;
  const handle = async () => {
    handled++;
    return "done" as const;
  };
  const name = `test-${++count}`;
  const options = { stream: "TESTS", durable: name, filter: `tests.${name}`, signal: ending.signal, handle };
  running.push(consume(deaf, { ...options, onBroken: (error) => broken.push(String(error)) }));
  await messaging.publish(`tests.${name}`, "hello");
  await expect.poll(() => handled, { timeout: 25_000 }).toBe(1);
  expect(broken).toEqual(["Error: NATS missed 3 heartbeats"]);
}, 30_000);
