import { StreamNotFoundError } from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";
import { appendRaw, proposed } from "../support/raw-append.ts";

export function metadataContract(node: Node): void {
  const append = (stream: string, count: number) => node.client.appendToStream(stream, someEvents(count));
  const revisions = async (stream: string, options: object = {}) =>
    (await collect(node.client.readStream(stream, options))).map(({ event }) => Number(event?.revision));

  describe("stream metadata", () => {
    test("is read as it was written, custom keys included", async () => {
      const stream = newStream();
      const metadata = {
        maxCount: 3,
        maxAge: 100,
        truncateBefore: 0,
        cacheControl: 7,
        acl: { readRoles: ["a"] },
        mine: "x",
      };
      await node.client.setStreamMetadata(stream, metadata);
      const read = await node.client.getStreamMetadata(stream);
      expect(read).toMatchObject({ streamName: stream, metadata });
    });

    test("is empty for a stream that has none", async () => {
      const stream = newStream();
      await append(stream, 1);
      expect((await node.client.getStreamMetadata(stream)).metadata).toBeUndefined();
    });

    test("$maxCount leaves the last events, in both directions", async () => {
      const stream = newStream();
      await append(stream, 5);
      await node.client.setStreamMetadata(stream, { maxCount: 2 });
      expect(await revisions(stream)).toEqual([3, 4]);
      expect(await revisions(stream, { direction: "backwards", fromRevision: "end" })).toEqual([4, 3]);
      await append(stream, 1);
      expect(await revisions(stream, { fromRevision: 0n })).toEqual([4, 5]);
    });

    test("$tb leaves the events from that revision on", async () => {
      const stream = newStream();
      await append(stream, 5);
      await node.client.setStreamMetadata(stream, { truncateBefore: 3 });
      expect(await revisions(stream)).toEqual([3, 4]);
      expect(await revisions(stream, { direction: "backwards", fromRevision: "end" })).toEqual([4, 3]);
      expect(await revisions(stream, { direction: "backwards", fromRevision: 1n })).toEqual([]);
    });

    test("$tb beyond the end leaves a stream with nothing in it", async () => {
      const stream = newStream();
      await append(stream, 2);
      await node.client.setStreamMetadata(stream, { truncateBefore: 100 });
      expect(await revisions(stream)).toEqual([]);
      expect(await revisions(stream, { direction: "backwards", fromRevision: "end" })).toEqual([]);
    });

    test("$maxAge hides older events", async () => {
      const stream = newStream();
      await append(stream, 3);
      await node.client.setStreamMetadata(stream, { maxAge: 1 });
      expect(await revisions(stream)).toEqual([0, 1, 2]);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await append(stream, 1);
      expect(await revisions(stream)).toEqual([3]);
      expect(await revisions(stream, { direction: "backwards", fromRevision: "end" })).toEqual([3]);
    });

    test("the strictest limit counts", async () => {
      const stream = newStream();
      await append(stream, 10);
      await node.client.setStreamMetadata(stream, { maxCount: 5, truncateBefore: 8 });
      expect(await revisions(stream)).toEqual([8, 9]);
      await node.client.setStreamMetadata(stream, { maxCount: 1, truncateBefore: 8 });
      expect(await revisions(stream)).toEqual([9]);
    });

    test("can be changed back: nothing is lost", async () => {
      const stream = newStream();
      await append(stream, 3);
      await node.client.setStreamMetadata(stream, { maxCount: 1 });
      await node.client.setStreamMetadata(stream, {});
      expect(await revisions(stream)).toEqual([0, 1, 2]);
    });

    test("ignores a key whose number is too small, and no other", async () => {
      const stream = newStream();
      await append(stream, 3);
      const json = '{"$maxCount":0,"$maxAge":-1,"$cacheControl":0,"$tb":2}';
      await appendRaw(node, `$$${stream}`, [proposed({ type: "$metadata", data: Buffer.from(json) })]);
      expect(await revisions(stream)).toEqual([2]);
    });

    test.each([
      ["text", '{"$maxCount":"1"}'],
      ["a fraction", '{"$maxCount":1.5}'],
      ["nothing like JSON", "{{"],
      ["an array", "[1]"],
      ["a negative number", '{"$tb":-1}'],
      ["too long a number", '{"$tb":99999999999999999999}'],
      ["a list of roles that is null", '{"$tb":2,"$acl":{"$r":null}}'],
      ["roles for an unknown right", '{"$tb":2,"$acl":{"$x":["a"]}}'],
      ["a temporary stream that is neither true nor false", '{"$tb":2,"$tempStream":"yes"}'],
    ])("that is malformed, such as %s, counts as none", async (_name, json) => {
      const stream = newStream();
      await append(stream, 3);
      // The client would turn it into proper JSON.
      await appendRaw(node, `$$${stream}`, [proposed({ type: "$metadata", data: Buffer.from(json) })]);
      expect(await revisions(stream)).toEqual([0, 1, 2]);
    });

    test("a metastream shows only its last event", async () => {
      const stream = newStream();
      for (const maxCount of [1, 2, 3]) await node.client.setStreamMetadata(stream, { maxCount });
      expect(await revisions(`$$${stream}`)).toEqual([2]);
    });

    test("can always be read, however often it is written meanwhile", async () => {
      const stream = newStream();
      await node.client.setStreamMetadata(stream, { maxCount: 1 });
      let reading = true;
      const write = async (): Promise<void> => {
        while (reading) {
          await Promise.all([
            node.client.setStreamMetadata(stream, { maxCount: 1 }),
            node.client.appendToStream(stream, someEvents(1)),
          ]);
        }
      };
      const writer = write();
      try {
        await node.client.appendToStream(stream, someEvents(1));
        for (let i = 0; i < 100; i++) {
          const last = { direction: "backwards", fromRevision: "end", maxCount: 1 } as const;
          const [{ metadata }, events] = await Promise.all([
            node.client.getStreamMetadata(stream),
            collect(node.client.readStream(stream, last)),
          ]);
          expect(metadata).toEqual({ maxCount: 1 });
          expect(events).toHaveLength(1);
        }
      } finally {
        reading = false;
        await writer;
      }
    });

    test("does not affect $all", async () => {
      const stream = newStream();
      const { position } = await append(stream, 3);
      await node.client.setStreamMetadata(stream, { maxCount: 1 });
      await node.client.deleteStream(stream);
      expect(await rejection(revisions(stream))).toBeInstanceOf(StreamNotFoundError);
      if (position === undefined) throw new Error("A position is needed.");
      const seen = await collect(node.client.readAll({ direction: "backwards", fromPosition: "end", maxCount: 200 }));
      const streams = seen.map(({ event }) => event?.streamId);
      expect(streams.filter((name) => name === stream)).toHaveLength(3);
      expect(streams.filter((name) => name === `$$${stream}`)).toHaveLength(2);
    });
  });
}
