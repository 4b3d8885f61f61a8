import { binaryEvent, StreamNotFoundError } from "@eventstore/db-client";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { beforeAll, describe, expect, test } from "vitest";
import { collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";
import { appendRaw, proposed, structuredUuid, uuid } from "../support/raw-append.ts";
import { empty, kindOf, readToEnd, streamRequest } from "../support/raw-read.ts";

export function readStreamContract(node: Node): void {
  describe("reading a stream", () => {
    const stream = newStream("read");
    beforeAll(async () => {
      await node.client.appendToStream(stream, someEvents(10));
    });
    const revisions = async (options: object, of = stream) =>
      (await collect(node.client.readStream(of, options))).map(({ event }) => Number(event?.revision));

    test.each([
      ["forwards from the start", {}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      ["forwards from a revision, which is included", { fromRevision: 7n }, [7, 8, 9]],
      ["forwards, a few", { fromRevision: 2n, maxCount: 3 }, [2, 3, 4]],
      ["forwards from beyond the end", { fromRevision: 100n }, []],
      ["forwards from far beyond the end", { fromRevision: 2n ** 63n - 1n }, []],
      ["backwards from the end", { direction: "backwards", fromRevision: "end", maxCount: 3 }, [9, 8, 7]],
      ["backwards from a revision, which is included", { direction: "backwards", fromRevision: 2n }, [2, 1, 0]],
      ["backwards from beyond the end", { direction: "backwards", fromRevision: 100n, maxCount: 2 }, [9, 8]],
      ["backwards from the start", { direction: "backwards", fromRevision: "start" }, [0]],
    ])("%s", async (_name, options, expected) => {
      expect(await revisions(options)).toEqual(expected);
    });

    test.each([
      ["forwards from its end", { fromRevision: "end" }],
      ["no events at all", { maxCount: 0 }],
    ])("refuses %s", async (_name, options) => {
      expect((await rejection(revisions(options))).type).toBe("unknown");
    });

    test("answers for a stream that does not exist with a frame, not an error", async () => {
      const missing = newStream();
      const { frames, error } = await readToEnd(node, streamRequest(missing));
      expect(error).toBeUndefined();
      expect(frames.map(kindOf)).toEqual(["stream-not-found"]);
      expect(
        Buffer.from(frames[0]?.getStreamNotFound()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
      ).toBe(missing);
      expect(await rejection(revisions({}, missing))).toBeInstanceOf(StreamNotFoundError);
    });

    test("sends the position with each event, in its record and beside it", async () => {
      const { frames } = await readToEnd(node, streamRequest(stream));
      const event = frames[3]?.getEvent();
      expect(event?.getCommitPosition()).toBe(event?.getEvent()?.getCommitPosition());
      expect(event?.getEvent()?.getPreparePosition()).toBe(event?.getCommitPosition());
    });

    test("gives the type, time and content type of an event, and nothing else", async () => {
      const one = newStream();
      const before = Date.now();
      await appendRaw(node, one, [proposed(), proposed({ contentType: "text/plain" })]);
      const { frames } = await readToEnd(node, streamRequest(one));
      const [json, text] = frames.map(
        (frame) => new Map(frame.getEvent()?.getEvent()?.getMetadataMap().getEntryList()),
      );
      expect([...(json?.keys() ?? [])].sort()).toEqual(["content-type", "created", "type"]);
      expect(json?.get("content-type")).toBe("application/json");
      expect(text?.get("content-type")).toBe("application/octet-stream");
      expect(json?.get("created")).toMatch(/^\d+$/);
      expect(Math.abs(Number(json?.get("created")) / 10_000 - before)).toBeLessThan(60_000);
    });

    test("sends ids as strings or as numbers, and accepts both", async () => {
      const one = newStream();
      const [first, second] = ["ABCDEF01-2345-6789-abcd-ef0123456789", "f0000000-0000-4000-8000-00000000000f"];
      await appendRaw(node, one, [proposed({ id: uuid(first) }), proposed({ id: structuredUuid(second) })]);
      const strings = await readToEnd(node, streamRequest(one));
      expect(strings.frames.map((frame) => frame.getEvent()?.getEvent()?.getId()?.getString())).toEqual([
        first.toLowerCase(),
        second,
      ]);
      const bits = await readToEnd(
        node,
        streamRequest(one, (options) => {
          const uuidOption = new streams.ReadReq.Options.UUIDOption();
          uuidOption.setStructured(empty());
          options.setUuidOption(uuidOption);
        }),
      );
      expect(bits.frames.map((frame) => frame.getEvent()?.getEvent()?.getId()?.toObject())).toEqual([
        structuredUuid(first).toObject(),
        structuredUuid(second).toObject(),
      ]);
    });

    const compatible = (of: string, from?: number, count = 1000) =>
      streamRequest(of, (options) => {
        const control = new streams.ReadReq.Options.ControlOption();
        control.setCompatibility(1);
        options.setControlOption(control);
        options.setCount(String(count));
        if (from !== undefined) options.getStream()?.setRevision(String(from));
      });

    test.each([
      ["one after the last revision", undefined, 10, 1000, []],
      ["beyond the end", undefined, 17, 1000, ["10"]],
      ["so few that all are hidden", 6, 0, 5, ["6"]],
      ["so many that some are not hidden", 6, 0, 1000, []],
    ])(
      "sends the first revision only after an empty page: from %s",
      async (_name, truncateBefore, from, count, first) => {
        const one = newStream();
        await node.client.appendToStream(one, someEvents(10));
        if (truncateBefore !== undefined) await node.client.setStreamMetadata(one, { truncateBefore });
        const { frames } = await readToEnd(node, compatible(one, from, count));
        const events = frames.filter((frame) => frame.hasEvent());
        expect(frames.map(kindOf)).toEqual([
          ...first.map(() => "first-stream-position"),
          ...events.map(() => "event"),
          "last-stream-position",
        ]);
        if (first.length > 0) expect(frames[0]?.getFirstStreamPosition()).toBe(first[0]);
        expect(events).toHaveLength(truncateBefore === undefined ? 0 : 4);
        expect(frames.at(-1)?.getLastStreamPosition()).toBe("9");
      },
    );

    test("sends the first and last revision to clients that know these frames", async () => {
      const { frames } = await readToEnd(node, compatible(stream));
      expect(frames.at(-1)?.getLastStreamPosition()).toBe("9");
      expect(frames.slice(0, -1).map(kindOf)).toEqual(Array(10).fill("event"));
      const truncated = newStream();
      await node.client.appendToStream(truncated, someEvents(3));
      await node.client.setStreamMetadata(truncated, { truncateBefore: 3 });
      const nothing = await readToEnd(node, compatible(truncated));
      expect(nothing.frames.map(kindOf)).toEqual(["first-stream-position", "last-stream-position"]);
      expect(nothing.frames[0]?.getFirstStreamPosition()).toBe("3");
      expect((await readToEnd(node, streamRequest(stream))).frames.map(kindOf)).not.toContain("last-stream-position");
    });
  });

  describe("links", () => {
    const link = (to: string) => binaryEvent({ type: "$>", data: Buffer.from(to) });

    test("are sent with their event if requested, otherwise alone", async () => {
      const [target, links] = [newStream(), newStream()];
      await node.client.appendToStream(target, someEvents(3));
      await node.client.appendToStream(links, link(`2@${target}`));
      const [plain] = await collect(node.client.readStream(links));
      expect(plain?.event?.type).toBe("$>");
      expect(plain?.link).toBeUndefined();
      const [resolved] = await collect(node.client.readStream(links, { resolveLinkTos: true }));
      const [original] = await collect(node.client.readStream(target, { fromRevision: 2n }));
      expect(resolved?.event).toEqual(original?.event);
      expect(resolved?.link).toMatchObject({ streamId: links, revision: 0n, type: "$>" });
      expect(resolved?.commitPosition).toBe(plain?.event?.position?.commit);
    });

    test("to revision -1 resolve to the last event", async () => {
      const [target, links] = [newStream(), newStream()];
      await node.client.appendToStream(target, someEvents(3));
      await node.client.appendToStream(links, link(`-1@${target}`));
      const [resolved] = await collect(node.client.readStream(links, { resolveLinkTos: true }));
      expect(resolved?.event).toMatchObject({ streamId: target, revision: 2n });
    });

    test.each([
      ["a stream that does not exist", () => `0@${newStream()}`],
      ["an impossible revision", () => `-3@${newStream()}`],
      ["a number alone", () => "0"],
    ])("to %s are broken, and are sent without an event", async (_name, to) => {
      const links = newStream();
      await node.client.appendToStream(links, link(to()));
      const [broken] = await collect(node.client.readStream(links, { resolveLinkTos: true }));
      expect(broken?.event).toBeUndefined();
      expect(broken?.link?.type).toBe("$>");
    });

    test.each([["no link"], ["x@stream"], ["99999999999999999999@stream"], ["@"]])(
      "that cannot be parsed, such as %j, are ordinary events",
      async (data) => {
        const links = newStream();
        await node.client.appendToStream(links, link(data));
        const [event] = await collect(node.client.readStream(links, { resolveLinkTos: true }));
        expect(event?.event).toMatchObject({ streamId: links, revision: 0n, type: "$>" });
        expect(event?.link).toBeUndefined();
      },
    );

    test("to deleted and truncated events are broken", async () => {
      const [deleted, truncated, links] = [newStream(), newStream(), newStream()];
      for (const stream of [deleted, truncated]) await node.client.appendToStream(stream, someEvents(2));
      await node.client.deleteStream(deleted);
      await node.client.setStreamMetadata(truncated, { truncateBefore: 1 });
      await node.client.appendToStream(links, [link(`0@${deleted}`), link(`0@${truncated}`), link(`1@${truncated}`)]);
      const all = await collect(node.client.readStream(links, { resolveLinkTos: true }));
      expect(all.map(({ event }) => event?.revision)).toEqual([undefined, undefined, 1n]);
    });
  });
}
