import {
  ANY,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { collect, type Node, newStream, type RpcError, rejection, someEvents, trailer } from "../support/node.ts";

const rawError = (error: RpcError): RpcError => (error as unknown as { _raw: RpcError })._raw;

export function deleteContract(node: Node): void {
  const append = (stream: string, count: number, expected: unknown = ANY) =>
    node.client.appendToStream(stream, someEvents(count), { expectedRevision: expected as typeof ANY });
  const revisions = async (stream: string) =>
    (await collect(node.client.readStream(stream))).map(({ event }) => Number(event?.revision));
  /** A stream that comes back is still not found for about 50 ms. */
  const visible = (stream: string) =>
    revisions(stream).catch((error: unknown) => {
      if (error instanceof StreamNotFoundError) return [];
      throw error;
    });
  const gone = async (stream: string) => rejection(collect(node.client.readStream(stream)));

  describe("Delete", () => {
    test("hides the stream, and returns a position", async () => {
      const stream = newStream();
      await append(stream, 2);
      const { position } = await node.client.deleteStream(stream, { expectedRevision: 1n });
      expect(position?.commit).toBeGreaterThan(0n);
      expect(await gone(stream)).toBeInstanceOf(StreamNotFoundError);
    });

    test("replaces all metadata with a truncation beyond every revision", async () => {
      const stream = newStream();
      await append(stream, 1);
      await node.client.setStreamMetadata(stream, { maxCount: 5, mine: "kept?" });
      await node.client.deleteStream(stream);
      const [event] = await collect(
        node.client.readStream(`$$${stream}`, { direction: "backwards", fromRevision: "end", maxCount: 1 }),
      );
      expect(event?.event?.type).toBe("$metadata");
      expect(event?.event?.data).toEqual({ $tb: Number(2n ** 63n - 1n) });
    });

    test("is refused for a stream that never existed, and allowed for one with only metadata", async () => {
      expect(await rejection(node.client.deleteStream(newStream()))).toBeInstanceOf(WrongExpectedVersionError);
      const missing = rejection(node.client.deleteStream(newStream(), { expectedRevision: NO_STREAM }));
      expect(await missing).toBeInstanceOf(WrongExpectedVersionError);
      const stream = newStream();
      await node.client.setStreamMetadata(stream, { cacheControl: 10 });
      await node.client.deleteStream(stream, { expectedRevision: NO_STREAM });
    });

    test("is refused for the metadata stream of no stream as for any that never existed", async () => {
      expect(await rejection(node.client.deleteStream("$$"))).toBeInstanceOf(WrongExpectedVersionError);
    });

    test("succeeds twice", async () => {
      const stream = newStream();
      await append(stream, 1);
      await node.client.deleteStream(stream);
      await node.client.deleteStream(stream);
    });

    test("gives both revisions of a conflict in its trailers", async () => {
      const stream = newStream();
      await append(stream, 2);
      const error = await rejection(node.client.deleteStream(stream, { expectedRevision: 0n }));
      expect(error).toMatchObject({ type: "wrong-expected-version", expectedVersion: 0n, actualVersion: 1n });
      const raw = rawError(await rejection(node.client.deleteStream(newStream(), { expectedRevision: 3n })));
      expect(raw.code).toBe(9);
      expect(trailer(raw, "exception")).toBe("wrong-expected-version");
      expect(trailer(raw, "expected-version")).toBe("3");
      expect(trailer(raw, "actual-version")).toBe("-1");
    });
  });

  describe("a stream that was deleted", () => {
    test.each([
      ["any", ANY],
      ["no_stream", NO_STREAM],
      ["the last revision", 1n],
    ])("comes back with %s, and continues with its numbers", async (_name, expected) => {
      const stream = newStream();
      await append(stream, 2);
      await node.client.deleteStream(stream);
      expect((await append(stream, 2, expected)).nextExpectedRevision).toBe(3n);
      await expect.poll(() => visible(stream)).toEqual([2, 3]);
      await expect
        .poll(async () => (await node.client.getStreamMetadata(stream)).metadata)
        .toEqual({ truncateBefore: 2 });
    });

    test("is deleted for stream_exists", async () => {
      const stream = newStream();
      await append(stream, 1);
      await node.client.deleteStream(stream);
      expect(await rejection(append(stream, 1, STREAM_EXISTS))).toBeInstanceOf(StreamDeletedError);
    });

    test("comes back with its new metadata, and the keys in it", async () => {
      const stream = newStream();
      await append(stream, 3);
      await node.client.deleteStream(stream);
      await node.client.setStreamMetadata(stream, { maxCount: 7, mine: { deep: true } });
      await expect
        .poll(async () => (await node.client.getStreamMetadata(stream)).metadata)
        .toEqual({ maxCount: 7, mine: { deep: true }, truncateBefore: 3 });
      expect((await append(stream, 1)).nextExpectedRevision).toBe(3n);
      await expect.poll(() => visible(stream)).toEqual([3]);
    });

    test("can be deleted and come back again", async () => {
      const stream = newStream();
      for (const first of [0, 2, 4]) {
        await append(stream, 2);
        await expect.poll(() => visible(stream)).toEqual([first, first + 1]);
        await node.client.deleteStream(stream);
      }
    });
  });

  describe("Tombstone", () => {
    test("ends a stream for good", async () => {
      const stream = newStream();
      await append(stream, 1);
      await node.client.tombstoneStream(stream, { expectedRevision: 0n });
      const raw = rawError(await gone(stream));
      expect(raw.code).toBe(9);
      expect(trailer(raw, "exception")).toBe("stream-deleted");
      expect(trailer(raw, "stream-name")).toBe(stream);
      for (const call of [
        () => append(stream, 1),
        () => node.client.tombstoneStream(stream),
        () => node.client.deleteStream(stream),
        () => node.client.setStreamMetadata(stream, {}),
        () => node.client.getStreamMetadata(stream),
      ]) {
        expect(await rejection(call())).toBeInstanceOf(StreamDeletedError);
      }
    });

    test("works on a stream that never existed, and on a deleted one", async () => {
      const missing = newStream();
      await node.client.tombstoneStream(missing, { expectedRevision: NO_STREAM });
      expect(await gone(missing)).toBeInstanceOf(StreamDeletedError);
      const deleted = newStream();
      await append(deleted, 1);
      await node.client.deleteStream(deleted);
      await node.client.tombstoneStream(deleted);
      expect(await gone(deleted)).toBeInstanceOf(StreamDeletedError);
    });

    test("leaves $streamDeleted at the largest revision in $all", async () => {
      const stream = newStream();
      const { position } = await node.client.tombstoneStream(stream);
      if (position === undefined) throw new Error("A position is needed.");
      const [event] = await collect(node.client.readAll({ fromPosition: position, maxCount: 1 }));
      expect(event?.event).toMatchObject({ streamId: stream, type: "$streamDeleted", revision: 2n ** 63n - 1n });
    });

    test("is refused for a wrong revision", async () => {
      const stream = newStream();
      await append(stream, 2);
      const error = await rejection(node.client.tombstoneStream(stream, { expectedRevision: NO_STREAM }));
      expect(error).toMatchObject({ type: "wrong-expected-version", actualVersion: 1n });
    });
  });
}
