import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventStoreDBClient, jsonEvent, START } from "@eventstore/db-client";
import { Client, credentials } from "@grpc/grpc-js";
import { type RunningEventStore, startEventStore } from "../src/eventstore/index.ts";
import { bytesField, messageField, uintField } from "../src/eventstore/wire.ts";
import { inFlight, inform, percentile, print, report, reportLimit, sideBySide } from "./measure.ts";

/** Compares each figure with bare grpc-js in the same run. `--quick` leaves out the million events. */
const READ_EVENTS = 50_000;
const MILLION = process.argv.includes("--quick") ? 0 : 1_000_000;

const folder = mkdtempSync(join(tmpdir(), "eventstore-bench-"));
const bound = fork(new URL("bound-server.ts", import.meta.url), [String(READ_EVENTS)]);
const [{ port: boundPort }] = (await once(bound, "message")) as [{ port: number }];
let server = await startEventStore({ dataDir: folder });
const client = EventStoreDBClient.connectionString(server.url);
const boundClient = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${boundPort}?tls=false`);
const echoClient = new Client(`127.0.0.1:${boundPort}`, credentials.createInsecure());

const bytes = (message: Buffer): Buffer => message;
const text = "x".repeat(488);
const event = () => jsonEvent({ type: "Benchmarked", data: { text } });
const payload = Buffer.alloc(560, "x");

const echo = (): Promise<void> =>
  new Promise((resolve, reject) =>
    echoClient.makeUnaryRequest("/bench.Echo/Unary", bytes, bytes, payload, (error) =>
      error ? reject(error) : resolve(),
    ),
  );
/** Encoded once, like the echo's payload, except for the ids. */
const proposed = Buffer.from(JSON.stringify({ text }));
const request = (): Buffer => {
  const id = crypto.randomUUID();
  const metadata = (key: string, value: string) => messageField(2, bytesField(1, key), bytesField(2, value));
  return Buffer.concat([
    messageField(1, bytesField(2, id)),
    messageField(2, messageField(1, bytesField(3, "bench-append")), messageField(4)),
    messageField(
      3,
      messageField(1, bytesField(2, id)),
      metadata("type", "Benchmarked"),
      metadata("content-type", "application/json"),
      bytesField(4, proposed),
    ),
    uintField(4, 1),
  ]);
};
const appendClient = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
const appends = appendClient.makeBidiStreamRequest("/event_store.client.streams.Streams/BatchAppend", bytes, bytes);
/** Answers for one stream come in the order of its appends. */
const answers: (() => void)[] = [];
appends.on("data", () => answers.shift()?.());
appends.on("error", () => {});
const append = (): Promise<void> =>
  new Promise((resolve) => {
    answers.push(resolve);
    appends.write(request());
  });
const clientAppend = () => client.appendToStream("bench-append", event());

const results: boolean[] = [];

async function measureAppends(): Promise<void> {
  for (const warmUp of [echo, append, clientAppend]) await inFlight(500, 1, warmUp);
  for (const [name, width, count, target] of [
    ["append, one at a time", 1, 1000, 0.75],
    ["append, 64 in flight", 64, 6400, 1.5],
  ] as const) {
    const many = (operation: () => Promise<unknown>) => () => inFlight(count, width, operation);
    results.push(report(name, await sideBySide(count, many(append), many(echo)), target));
    inform("  the same through db-client", await sideBySide(count, many(clientAppend), many(echo)));
  }
}

async function fill(from: EventStoreDBClient, stream: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 500) {
    await from.appendToStream(stream, Array.from({ length: 500 }, event));
  }
}

const readStream = (from: EventStoreDBClient) => async (): Promise<void> => {
  let count = 0;
  for await (const _ of from.readStream("bench-read", { fromRevision: START, maxCount: READ_EVENTS })) count += 1;
  if (count !== READ_EVENTS) throw new Error(`Read ${count} events.`);
};

const readAll = (from: EventStoreDBClient) => async (): Promise<void> => {
  let count = 0;
  for await (const _ of from.readAll({ maxCount: READ_EVENTS })) count += 1;
  if (count !== READ_EVENTS) throw new Error(`Read ${count} events.`);
};

const catchUp = (from: EventStoreDBClient) => async (): Promise<void> => {
  const subscription = from.subscribeToAll({ fromPosition: START });
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    subscription.on("error", reject);
    subscription.on("data", () => {
      count += 1;
      if (count === READ_EVENTS) resolve();
    });
  });
  await subscription.unsubscribe();
};

async function measureReads(): Promise<void> {
  await fill(client, "bench-read", READ_EVENTS);
  for (const [name, run] of [
    ["read a stream", readStream],
    ["read $all", readAll],
    ["catch-up subscription to $all", catchUp],
  ] as const) {
    await run(boundClient)();
    await run(client)();
    results.push(report(name, await sideBySide(READ_EVENTS, run(client), run(boundClient)), 0.85));
  }
}

async function measureLatency(): Promise<void> {
  const subscription = client.subscribeToAll({ fromPosition: "end" });
  await once(subscription, "confirmation");
  const latencies: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const start = performance.now();
    const seen = once(subscription, "data");
    await clientAppend();
    await seen;
    latencies.push(performance.now() - start);
  }
  await subscription.unsubscribe();
  latencies.sort((left, right) => left - right);
  print(
    `append to $all subscriber            p50 ${percentile(latencies, 0.5).toFixed(2)} ms, p99 ${percentile(latencies, 0.99).toFixed(2)} ms`,
  );
}

/** The process's peak memory according to the kernel, in MB. */
const peakMemory = ({ pid }: RunningEventStore): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

async function measureMillion(): Promise<void> {
  let seen = 0;
  const subscription = client.subscribeToAll({ fromPosition: START });
  subscription.on("data", () => {
    seen += 1;
  });
  for (let stream = 0; stream < 100; stream++) await fill(client, `bench-million-${stream}`, MILLION / 100);
  let read = 0;
  for await (const _ of client.readAll()) read += 1;
  while (seen < MILLION) await new Promise((resolve) => setTimeout(resolve, 100));
  await subscription.unsubscribe();
  print(`${MILLION} events of 500 bytes appended, ${read} read, ${seen} subscribed to`);
  if (process.platform === "linux") results.push(reportLimit("resident memory, peak", peakMemory(server), "MB", 300));
  await server.stop();
  const start = performance.now();
  server = await startEventStore({ dataDir: folder });
  results.push(reportLimit("start on the million", (performance.now() - start) / 1000, "s", 2));
}

try {
  await measureAppends();
  await measureReads();
  await measureLatency();
  if (MILLION > 0) await measureMillion();
} finally {
  await Promise.all([client.dispose(), boundClient.dispose()]);
  await server.stop();
  bound.disconnect();
  echoClient.close();
  appendClient.close();
  rmSync(folder, { recursive: true });
}
process.exit(results.every(Boolean) ? 0 : 1);
