import { ANY, NO_STREAM, STREAM_EXISTS, WrongExpectedVersionError } from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";

export function repeatContract(node: Node): void {
  const append = (stream: string, events: ReturnType<typeof someEvents>, expected: unknown) =>
    node.client.appendToStream(stream, events, { expectedRevision: expected as typeof ANY });
  const count = async (stream: string) => (await collect(node.client.readStream(stream))).length;

  describe("an append that is sent again", () => {
    test.each([
      ["any", ANY, ANY],
      ["stream_exists", ANY, STREAM_EXISTS],
      ["no_stream", NO_STREAM, NO_STREAM],
    ])("with %s succeeds with its first revision and position", async (_name, first, again) => {
      const stream = newStream();
      const events = someEvents(3);
      const before = await append(stream, events, first);
      await append(stream, someEvents(2), ANY);
      expect(await append(stream, events, again)).toEqual(before);
      expect(await count(stream)).toBe(5);
    });

    test.each([
      ["deleted", (stream: string) => node.client.deleteStream(stream)],
      ["truncated", (stream: string) => node.client.setStreamMetadata(stream, { truncateBefore: 2 })],
    ])("succeeds without a position when its events were %s", async (_name, hide) => {
      const stream = newStream();
      const events = someEvents(2);
      await append(stream, events, NO_STREAM);
      await hide(stream);
      for (const expected of [ANY, NO_STREAM]) {
        const again = await append(stream, events, expected);
        expect(again).toMatchObject({ success: true, nextExpectedRevision: 1n });
        expect(again.position).toBeUndefined();
      }
    });

    test("with an exact revision succeeds, and so does a prefix of it", async () => {
      const stream = newStream();
      await append(stream, someEvents(2), NO_STREAM);
      const events = someEvents(3);
      const before = await append(stream, events, 1n);
      expect(await append(stream, events, 1n)).toEqual(before);
      expect((await append(stream, events.slice(0, 2), 1n)).nextExpectedRevision).toBe(3n);
      expect(await count(stream)).toBe(5);
    });

    test.each([
      ["any", ANY],
      ["no_stream", NO_STREAM],
    ])("with %s is refused when a later event is new", async (_name, expected) => {
      const stream = newStream();
      const [first, second] = someEvents(2);
      if (first === undefined || second === undefined) throw new Error("Two events are needed.");
      await append(stream, [first], expected);
      expect(await rejection(append(stream, [first, second], expected))).toBeInstanceOf(WrongExpectedVersionError);
    });

    test("to another stream is a separate append", async () => {
      const events = someEvents(1);
      await append(newStream(), events, ANY);
      const other = newStream();
      expect((await append(other, events, ANY)).nextExpectedRevision).toBe(0n);
      expect(await count(other)).toBe(1);
    });

    test("with any is recognised in the stream where its id was first, and appended again in others", async () => {
      const events = someEvents(1);
      const [first, other] = [newStream(), newStream()];
      for (const stream of [first, other, other, first]) await append(stream, events, ANY);
      expect([await count(first), await count(other)]).toEqual([1, 2]);
    });

    test("with other ids at that revision is refused", async () => {
      const stream = newStream();
      await append(stream, someEvents(2), NO_STREAM);
      expect(await rejection(append(stream, someEvents(2), NO_STREAM))).toBeInstanceOf(WrongExpectedVersionError);
    });

    test("with any, and a first event that is new, is appended", async () => {
      const stream = newStream();
      const [known] = someEvents(1);
      if (known === undefined) throw new Error("An event is needed.");
      await append(stream, [known], ANY);
      expect((await append(stream, [...someEvents(1), known], ANY)).nextExpectedRevision).toBe(2n);
    });
  });
}
