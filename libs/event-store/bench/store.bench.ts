import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBenchStore } from "@touchline/testing/bench-store";
import { connectEventStore, type EventStore } from "../src/index.ts";

/**
 * The speed that a service gets from an event store through our connection, with events of our size: from the empty server in
 * EVENTSTORE_URL, or else from the embedded store, or with `--nodes 3` from the stand-in for a cluster.
 */
const { values } = parseArgs({ options: { nodes: { type: "string", default: "1" } } });
const ALONE = 1_000;
const TOGETHER = 12_800;
const AT_ONCE = 64;
const EVENTS = 20_000;
const BATCH = 500;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const events = (count: number) =>
  Array.from({ length: count }, () => ({
    id: randomUUID(),
    type: "SmsErased",
    data: { registrationId: randomUUID(), erasedAt: new Date().toISOString() },
    metadata: { service: "bench", $correlationId: randomUUID(), $causationId: randomUUID() },
  }));
const newStream = () => `sms-${randomUUID()}`;

/** Each of `atOnce` writers appends to its own stream. Returns the milliseconds that each append took. */
const appendAll = async (store: EventStore, count: number, atOnce: number): Promise<number[]> => {
  const took: number[] = [];
  const writer = async () => {
    const stream = newStream();
    for (let n = 0; n < count / atOnce; n++) {
      const begunAt = performance.now();
      const result = await store.append(stream, events(1), n === 0 ? "no_stream" : BigInt(n - 1));
      if (!result.ok) throw new Error("Nobody else appends to this stream.");
      took.push(performance.now() - begunAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
  return took.sort((a, b) => a - b);
};

const measureAppends = async (store: EventStore, name: string, count: number, atOnce: number): Promise<void> => {
  await appendAll(store, count / 10, atOnce);
  const begunAt = performance.now();
  const took = await appendAll(store, count, atOnce);
  const rate = (1_000 * count) / (performance.now() - begunAt);
  const at = (share: number) => (took[Math.floor(took.length * share)] ?? Number.NaN).toFixed(1);
  say(`${name.padEnd(26)} ${rate.toFixed(0).padStart(7)}/s  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms`);
};

const measureReads = async (store: EventStore): Promise<void> => {
  const stream = newStream();
  for (let n = 0; n < EVENTS; n += BATCH) {
    await store.append(stream, events(BATCH), n === 0 ? "no_stream" : BigInt(n - 1));
  }
  const perSecond = async (name: string, run: () => Promise<unknown>) => {
    const begunAt = performance.now();
    await run();
    say(`${name.padEnd(26)} ${((1_000 * EVENTS) / (performance.now() - begunAt)).toFixed(0).padStart(7)} events/s`);
  };
  await perSecond("read a stream", () => store.read(stream));
  await perSecond("catch up by subscription", async () => {
    const ending = new AbortController();
    let seen = 0;
    const onEvent = async () => {
      if (++seen === EVENTS) ending.abort();
    };
    await store.subscribe({ after: undefined, prefixes: [stream], signal: ending.signal, onEvent });
  });
};

const dataDir = mkdtempSync(join(tmpdir(), "touchline-bench-store-"));
const server = await startBenchStore(dataDir, Number(values.nodes));
const store = connectEventStore({ url: server.url });
try {
  await measureAppends(store, "append, one at a time", ALONE, 1);
  await measureAppends(store, `append, ${AT_ONCE} at once`, TOGETHER, AT_ONCE);
  await measureReads(store);
} finally {
  await store.close();
  await server.stop();
  rmSync(dataDir, { recursive: true });
}
