import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventTypeFilter, StreamDeletedError } from "@eventstore/db-client";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningEventStore, startEventStore } from "../../src/eventstore/index.ts";
import { collect, Node, newStream, rejection, someEvents } from "./support/node.ts";
import { appendRaw, appendRequests, batch, proposed, RawBatches, uuid } from "./support/raw-append.ts";
import { allRequest, RawSubscription, readToEnd, streamRequest, subscription } from "./support/raw-read.ts";

describe("an embedded event store with hostile clients", () => {
  const node = new Node();
  let store: RunningEventStore;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "eventstore-hostile-"));
    store = await startEventStore({ dataDir, stderr: "ignore" });
    node.connect(store.url);
  });
  afterAll(async () => {
    await node.disconnect();
    await store.stop();
    await rm(dataDir, { recursive: true });
  });

  const stillServes = async () => {
    expect((await node.client.appendToStream(newStream(), someEvents(1))).success).toBe(true);
  };
  const memoryMb = async () =>
    Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${store.pid}/status`, "utf8"))?.[1]) / 1024;
  const onLinux = process.platform === "linux";

  test("checks credentials that are sent", async () => {
    const raw = new Client(`127.0.0.1:${store.port}`, credentials.createInsecure());
    const bytes = (message: Buffer): Buffer => message;
    const call = (authorization: string) =>
      new Promise<Buffer | undefined>((resolve, reject) => {
        const metadata = new Metadata();
        metadata.set("authorization", authorization);
        const path = "/event_store.client.streams.Streams/Delete";
        raw.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, (error, value) =>
          error ? reject(error) : resolve(value),
        );
      });
    for (const bad of ["Basic YWRtaW46d3Jvbmc=", "Basic ???", "Bearer abc", "Basic"]) {
      expect(await rejection(call(bad))).toMatchObject({ code: 16, details: "Unauthenticated" });
    }
    const good = `Basic ${Buffer.from("admin:changeit").toString("base64")}`;
    expect((await rejection(call(good))).code).not.toBe(16);
    raw.close();
  });

  test("answers other clients during an expression that would run for years", async () => {
    await node.client.appendToStream(newStream(), someEvents(5, `${"a".repeat(60)}!`));
    for (const regex of ["^(a+)+$", "^(a|a)*$", "(.*a){30}x", "^(?=(a+)+$)a", "(a+)\\1+$", "(?!b)(a*)*(a*)*(a*)*c"]) {
      const live = node.client.subscribeToAll({ filter: eventTypeFilter({ regex }) });
      await new Promise((resolve) => {
        live.once("caughtUp", resolve);
        live.once("error", resolve);
      });
      await live.unsubscribe();
    }
    const long = node.client.subscribeToAll({ filter: eventTypeFilter({ regex: "a".repeat(100_000) }) });
    expect(await new Promise<Error>((resolve) => long.once("error", resolve))).toBeInstanceOf(Error);
    await stillServes();
  });

  test("refuses names that are too long, accepts long ones, and echoes neither in its headers", async () => {
    await rejection(appendRaw(node, "x".repeat(1_000_000), [proposed()]));
    expect((await readToEnd(node, streamRequest("x".repeat(1_000_000)))).error?.code).toBeGreaterThan(0);
    const long = `ü${"y".repeat(20_000)}`;
    await node.client.appendToStream(long, someEvents(1, "T".repeat(10_000)));
    await node.client.tombstoneStream(long);
    expect((await readToEnd(node, streamRequest(long))).error?.code).toBe(9);
    await node.client.appendToStream(`$$${"$".repeat(10_000)}`, someEvents(1));
    await stillServes();
  });

  test("refuses messages above its limit", async () => {
    const error = await rejection(appendRaw(node, newStream(), [proposed({ data: Buffer.alloc(17 * 1024 * 1024) })]));
    expect(error.code).toBe(8);
    await stillServes();
  });

  test("survives clients that vanish at any moment", async () => {
    await node.client.appendToStream(newStream(), someEvents(2000));
    for (let round = 0; round < 5; round++) {
      const gone = new Node();
      gone.connect(store.url);
      const calls = Array.from(
        { length: 20 },
        () =>
          new RawSubscription(
            gone,
            allRequest((o) => o.setSubscription(subscription())),
          ),
      );
      const batches = new RawBatches(gone);
      batches.send(batch({ stream: newStream(), isFinal: false }));
      await calls[0]?.until((frames) => frames.length > 10);
      for (const call of calls) call.cancel();
      batches.close();
      await gone.disconnect();
    }
    await stillServes();
  });

  test("serves a thousand subscribers", async () => {
    const stream = newStream();
    const subscribers = Array.from(
      { length: 1000 },
      (_, index) =>
        new RawSubscription(
          node,
          index % 2 === 0
            ? streamRequest(stream, (options) => options.setSubscription(subscription()))
            : allRequest((options) => {
                options.setSubscription(subscription());
                options.getAll()?.setEnd(options.getNoFilter());
              }),
        ),
    );
    await Promise.all(subscribers.map((one) => one.until((frames) => frames.some((frame) => frame.hasCaughtUp()))));
    await node.client.appendToStream(stream, someEvents(3));
    const seen = (one: RawSubscription) =>
      one.until((frames) => frames.filter((frame) => frame.hasEvent()).length === 3);
    await Promise.all(subscribers.map(seen));
    for (const one of subscribers) one.cancel();
    await stillServes();
  });

  test("gives up ten thousand half-sent appends", async () => {
    const batches = new RawBatches(node);
    const halves = Array.from({ length: 10_000 }, () =>
      batch({
        stream: newStream(),
        correlation: uuid(),
        isFinal: false,
        events: [proposed({ data: Buffer.alloc(2000) })],
      }),
    );
    batches.send(...halves);
    const responses = await batches.until((all) => all.length === 10_000);
    expect(responses.every((response) => response.getError()?.getCode() === 4)).toBe(true);
    batches.close();
    await stillServes();
  });

  test.runIf(onLinux)("limits the memory of half-sent appends, whatever their size", async () => {
    const before = await memoryMb();
    const batches = new RawBatches(node);
    for (let i = 0; i < 300; i++) {
      batches.send(
        batch({ stream: newStream(), isFinal: false, events: [proposed({ data: Buffer.alloc(1_000_000) })] }),
      );
    }
    const responses = await batches.until((all) => all.length === 300);
    expect(responses.some((response) => response.getError()?.getCode() === 8)).toBe(true);
    expect((await memoryMb()) - before).toBeLessThan(300);
    batches.close();
    await stillServes();
  });

  test.runIf(onLinux)("limits the memory of appends whose end does not come", async () => {
    const before = await memoryMb();
    const data = Buffer.alloc(1_000_000);
    const refusals: number[] = [];
    const sinks = Array.from({ length: 300 }, () => halfSent(newStream(), data, (code) => refusals.push(code)));
    while (refusals.length < 200) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(new Set(refusals)).toEqual(new Set([8]));
    expect((await memoryMb()) - before).toBeLessThan(300);
    for (const sink of sinks) sink.cancel();
    await expect.poll(() => appendRaw(node, newStream(), [proposed({ data })]).then(() => "taken")).toBe("taken");
  });

  const halfSent = (stream: string, data: Uint8Array, refused: (code: number) => void) => {
    const sink = node.streams.append((error) => {
      if (error !== null && error.code !== 1) refused(error.code);
    });
    for (const message of appendRequests(stream, [proposed({ data })])) sink.write(message);
    return sink;
  };

  test("ends a batch call when the client has ended it and every append is answered", async () => {
    const batches = new RawBatches(node);
    batches.send(batch({ stream: newStream() }), batch({ stream: newStream() }));
    batches.call.end();
    await batches.untilEnded();
    expect(batches.responses).toHaveLength(2);
  });

  test("refuses to delete a stream whose metadata is tombstoned, and $all can still be read", async () => {
    const stream = newStream();
    await node.client.appendToStream(stream, someEvents(1));
    await node.client.tombstoneStream(`$$${stream}`);
    expect(await rejection(node.client.deleteStream(stream))).toBeInstanceOf(StreamDeletedError);
    await node.client.appendToStream(stream, someEvents(1));
    expect(await collect(node.client.readStream(stream))).toHaveLength(2);
    const last = { direction: "backwards", fromPosition: "end", maxCount: 3 } as const;
    expect(await collect(node.client.readAll(last))).toHaveLength(3);
  });

  test.runIf(onLinux)("buffers nothing for a subscriber that does not read", async () => {
    const live = new RawSubscription(
      node,
      allRequest((options) => options.setSubscription(subscription())),
    );
    await live.until((frames) => frames.some((frame) => frame.hasCaughtUp()));
    live.pause();
    const before = await memoryMb();
    const stream = newStream();
    const data = { text: "x".repeat(10_000) };
    for (let i = 0; i < 40; i++) {
      const events = someEvents(50).map((event) => ({ ...event, data }));
      await node.client.appendToStream(stream, events);
    }
    expect((await memoryMb()) - before).toBeLessThan(100);
    const caughtUps = () => live.frames.filter((frame) => frame.hasCaughtUp()).length;
    live.resume();
    await live.until(() => caughtUps() >= 2);
    const ours = live.frames
      .map((frame) => frame.getEvent()?.getEvent()?.getStreamIdentifier()?.getStreamName_asU8() ?? [])
      .filter((name) => Buffer.from(name).toString() === stream);
    expect(ours).toHaveLength(2000);
    live.cancel();
  });
});
