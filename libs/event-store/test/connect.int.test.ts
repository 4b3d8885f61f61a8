import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningEventStore, startEventStore } from "@touchline/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectEventStore, type EventStore, follow } from "../src/index.ts";
import { event, eventStoreContract } from "./contract.ts";

let folder: string;
let server: RunningEventStore;
let store: EventStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchline-event-store-"));
  server = await startEventStore({ dataDir: folder });
  // The contract's suite shares this one client.
  store = connectEventStore({ url: server.url, timeoutMs: 3_000 });
});

afterAll(async () => {
  await store?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

eventStoreContract("EventStoreDB's client on the embedded server", async () => ({ store, close: async () => {} }));

test("an event that is not in the catalogue, or does not fit it, is not stored", async () => {
  const stream = `registration-${randomUUID()}`;
  await expect(store.append(stream, [{ ...event(0), type: "Unheard" }], "no_stream")).rejects.toThrow("catalogue");
  const secret = { ...event(0), data: { registrationId: "r", reason: "x".repeat(300), cancelledAt: "+447700900123" } };
  await expect(store.append(stream, [secret], "no_stream")).rejects.toThrow(/^RegistrationCancelled does not fit/);
  await expect(store.append(stream, [secret], "no_stream")).rejects.not.toThrow("900123");
  expect(await store.read(stream)).toEqual([]);
});

test("reads that were left early do not delay closing", async () => {
  const stream = `registration-${randomUUID()}`;
  await store.append(stream, [event(0), event(1), event(2)], "no_stream");
  const after = (await store.read(stream))[0]?.position;
  for (let i = 0; i < 5; i++) {
    const other = connectEventStore({ url: server.url });
    for await (const _ of other.readAll({ after })) break;
    const closed = other.close().then(() => "closed");
    const late = new Promise((resolve) => setTimeout(resolve, 5_000, "late").unref());
    expect(await Promise.race([closed, late])).toBe("closed");
  }
});

test("an aborted subscription does not affect other calls", async () => {
  const stream = `registration-${randomUUID()}`;
  const staying = new AbortController();
  const heard: bigint[] = [];
  const following = store.subscribe({
    prefixes: [stream],
    signal: staying.signal,
    onEvent: (e) => void heard.push(e.revision),
  });
  for (let i = 0; i < 5; i++) {
    const ending = new AbortController();
    const ended = store.subscribe({ signal: ending.signal, onEvent: () => {}, onCaughtUp: () => ending.abort() });
    await ended;
    await store.append(stream, [event(i)], i === 0 ? "no_stream" : BigInt(i - 1));
  }
  await expect.poll(() => heard).toEqual([0n, 1n, 2n, 3n, 4n]);
  staying.abort();
  await following;
});

test("while the server is away, every call ends in a fault; when it is back, a follower goes on where it was", async () => {
  const stream = `registration-${randomUUID()}`;
  const ending = new AbortController();
  const heard: bigint[] = [];
  let position: bigint | undefined;
  let broken = 0;
  const following = follow(store, {
    prefixes: [stream],
    position: () => position,
    signal: ending.signal,
    onEvent: (e) => {
      heard.push(e.revision);
      position = e.position;
    },
    onBroken: () => void broken++,
  });
  await store.append(stream, [event(0), event(1)], "no_stream");
  await expect.poll(() => heard).toEqual([0n, 1n]);

  const { port } = server;
  await server.stop();
  await expect(store.read(stream)).rejects.toMatchObject({ name: "Fault" });
  await expect(store.append(stream, [event(2)], 1n)).rejects.toMatchObject({ name: "Fault" });
  await expect(store.ping()).rejects.toMatchObject({ name: "Fault" });
  await expect.poll(() => broken).toBeGreaterThan(0);

  server = await startEventStore({ dataDir: folder, port });
  await expect
    .poll(() => store.append(stream, [event(2)], 1n).catch(() => undefined), { timeout: 20_000 })
    .toMatchObject({
      ok: true,
    });
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual([0n, 1n, 2n]);
  ending.abort();
  await following;
});

test("after a store is killed under load, it is used again automatically, and nothing is lost or duplicated", async () => {
  const address = server.url.replace("esdb:", "esdb+discover:");
  const other = connectEventStore({ url: address, timeoutMs: 3_000 });
  const prefix = `registration-${randomUUID()}`;
  const acknowledged: string[] = [];
  const load = new AbortController();
  const writer = async (name: string) => {
    for (let i = 0; !load.signal.aborted; i++) {
      const stream = `${prefix}-${name}${i}`;
      const appended = await other.append(stream, [event(i)], "no_stream").catch(() => undefined);
      if (appended?.ok) acknowledged.push(stream);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const writers = ["a", "b", "c", "d"].map(writer);
  await expect.poll(() => acknowledged.length).toBeGreaterThan(20);

  server.child.kill("SIGKILL");
  await expect.poll(() => other.status().unreachable, { timeout: 10_000 }).toMatch("Nothing listens at");
  server = await startEventStore({ dataDir: folder, port: server.port });
  const before = acknowledged.length;
  await expect.poll(() => acknowledged.length, { timeout: 5_000 }).toBeGreaterThan(before + 20);
  expect(other.status()).not.toHaveProperty("unreachable");
  await expect.poll(() => other.status().appendsFailingForMs, { timeout: 5_000 }).toBe(0);

  load.abort();
  await Promise.all(writers);
  const stored: string[] = [];
  for await (const { stream } of other.readAll({ prefixes: [prefix] })) stored.push(stream);
  expect(new Set(stored).size).toBe(stored.length);
  expect(acknowledged.filter((stream) => !stored.includes(stream))).toEqual([]);
  await other.close();
});
