import { randomUUID } from "node:crypto";
import {
  ANY,
  binaryEvent,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { APPEND_LIMIT, collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";

const LIMIT = APPEND_LIMIT;
/** With credentials on the call, the client uses Append; otherwise BatchAppend. */
const ways = [
  ["BatchAppend", {}],
  ["Append", { credentials: { username: "admin", password: "changeit" } }],
] as const;

export function appendContract(node: Node): void {
  describe.each(ways)("%s", (_name, options) => {
    const append = (
      stream: string,
      events: Parameters<typeof node.client.appendToStream>[1],
      expected: unknown = ANY,
    ) => node.client.appendToStream(stream, events, { expectedRevision: expected as typeof ANY, ...options });

    test("returns the last revision, and the position of the last event", async () => {
      const stream = newStream();
      const result = await append(stream, someEvents(3), NO_STREAM);
      expect(result).toMatchObject({ success: true, nextExpectedRevision: 2n });
      const last = (await collect(node.client.readStream(stream))).at(-1)?.event;
      expect(result.position).toEqual(last?.position);
      expect(result.position?.commit).toBe(result.position?.prepare);
    });

    test("accepts the exact revision, any, and stream_exists", async () => {
      const stream = newStream();
      await append(stream, someEvents(1), ANY);
      expect((await append(stream, someEvents(1), 0n)).nextExpectedRevision).toBe(1n);
      expect((await append(stream, someEvents(2), STREAM_EXISTS)).nextExpectedRevision).toBe(3n);
      expect((await append(stream, someEvents(1), ANY)).nextExpectedRevision).toBe(4n);
    });

    test.each([
      ["no_stream on a stream that exists", 2, NO_STREAM, 1n],
      ["a revision too low", 2, 0n, 1n],
      ["a revision too high", 2, 5n, 1n],
      ["a revision of a stream that does not exist", 0, 1n, NO_STREAM],
      ["stream_exists on a stream that does not", 0, STREAM_EXISTS, NO_STREAM],
    ])("refuses %s", async (_case, existing, expected, actual) => {
      const stream = newStream();
      if (existing > 0) await append(stream, someEvents(existing));
      const error = await rejection(append(stream, someEvents(1), expected));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, expectedVersion: expected, actualVersion: actual });
    });

    test("counts metadata alone as an existing stream", async () => {
      const stream = newStream();
      await node.client.setStreamMetadata(stream, { maxCount: 10 });
      expect((await append(stream, someEvents(1), STREAM_EXISTS)).nextExpectedRevision).toBe(0n);
    });

    test("treats an append without events as a success at the current revision", async () => {
      const stream = newStream();
      await append(stream, someEvents(2));
      expect((await append(stream, [], 1n)).nextExpectedRevision).toBe(1n);
      expect((await append(stream, [], ANY)).nextExpectedRevision).toBe(1n);
      for (const empty of [stream, newStream()]) {
        const { position } = await append(empty, [], ANY);
        if (position === undefined) throw new Error("A position is needed.");
        await collect(node.client.readAll({ fromPosition: position, maxCount: 1 }));
      }
      expect(await rejection(append(stream, [], 0n))).toBeInstanceOf(WrongExpectedVersionError);
    });

    test("refuses a tombstoned stream", async () => {
      const stream = newStream();
      await append(stream, someEvents(1));
      await node.client.tombstoneStream(stream);
      const error = await rejection(append(stream, someEvents(1)));
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ streamName: stream });
    });

    test("accepts an append as large as the limit, and refuses one byte more", async (context) => {
      if (!(await node.limitsAppends())) return context.skip("This server takes far larger appends.");
      const type = "Big";
      const fits = binaryEvent({ type, data: Buffer.alloc(LIMIT - 2 * type.length) });
      await append(newStream(), fits);
      const tooBig = binaryEvent({ type, data: Buffer.alloc(LIMIT - 2 * type.length + 1) });
      const error = await rejection(append(newStream(), tooBig));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(error).toMatchObject({ maxAppendSize: LIMIT });
    });

    test("counts all events and their metadata towards the limit", async (context) => {
      if (!(await node.limitsAppends())) return context.skip("This server takes far larger appends.");
      const half = () => binaryEvent({ type: "T", data: Buffer.alloc(LIMIT / 4), metadata: new Uint8Array(LIMIT / 4) });
      expect(await rejection(append(newStream(), [half(), half()]))).toBeInstanceOf(MaxAppendSizeExceededError);
    });

    test("keeps events as they were sent", async () => {
      const stream = newStream("Zoë's ☃ stream");
      const before = Date.now() - 60_000;
      const json = jsonEvent({
        id: randomUUID().toUpperCase(),
        type: "Jsön",
        data: { a: "CC ‐ 1830" },
        metadata: { m: 1 },
      });
      const binary = binaryEvent({ type: "Binary", data: Buffer.from([0, 255, 1]), metadata: new Uint8Array([9, 8]) });
      await append(stream, [json, binary]);
      const [first, second] = (await collect(node.client.readStream(stream))).map(({ event }) => event);
      expect(first).toMatchObject({
        streamId: stream,
        id: json.id.toLowerCase(),
        revision: 0n,
        type: "Jsön",
        isJson: true,
        data: { a: "CC ‐ 1830" },
        metadata: { m: 1 },
      });
      expect(first?.created.getTime()).toBeGreaterThan(before);
      expect(second).toMatchObject({ id: binary.id, revision: 1n, type: "Binary", isJson: false });
      expect(Buffer.from(second?.data as Uint8Array)).toEqual(Buffer.from([0, 255, 1]));
      expect(Buffer.from(second?.metadata as Uint8Array)).toEqual(Buffer.from([9, 8]));
    });

    test("keeps the order of appends sent at the same time", async () => {
      const stream = newStream();
      const results = await Promise.all(Array.from({ length: 50 }, () => append(stream, someEvents(1))));
      if (_name === "BatchAppend") {
        expect(results.map((result) => result.nextExpectedRevision)).toEqual(results.map((_, index) => BigInt(index)));
      }
      expect(await collect(node.client.readStream(stream))).toHaveLength(50);
    });

    test("lets exactly one of many win a revision", async () => {
      const stream = newStream();
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => append(stream, someEvents(1), NO_STREAM)));
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });
  });

  test("returns a wrong revision without throwing, if asked to", async () => {
    const stream = newStream();
    await node.client.appendToStream(stream, someEvents(1));
    const Client = node.client.constructor as unknown as { connectionString(url: string): typeof node.client };
    const client = Client.connectionString(`${node.url}&throwOnAppendFailure=false`);
    const result = await client.appendToStream(stream, someEvents(1), { expectedRevision: NO_STREAM });
    expect(result.success).toBe(false);
    await client.dispose();
  });
}
