import { binaryEvent } from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { type Node, newStream, someEvents, trailer } from "../support/node.ts";
import { empty, type Frame, kindOf, RawSubscription, streamRequest, subscription } from "../support/raw-read.ts";

export function subscribeToStreamContract(node: Node): void {
  const open = (stream: string, from: "start" | "end" | bigint) =>
    new RawSubscription(
      node,
      streamRequest(stream, (options) => {
        options.setSubscription(subscription());
        const target = options.getStream();
        if (from === "end") target?.setEnd(empty());
        else if (from !== "start") target?.setRevision(from.toString());
      }),
    );
  const append = (stream: string, count: number) => node.client.appendToStream(stream, someEvents(count));
  const revisions = (frames: Frame[]) =>
    frames
      .filter((frame) => frame.hasEvent())
      .map((frame) => Number(frame.getEvent()?.getEvent()?.getStreamRevision()));
  const kinds = (frames: Frame[]) => frames.map(kindOf);
  const caughtUp = (frames: Frame[]) => kinds(frames).includes("caught-up");
  const events = (count: number) => (frames: Frame[]) => revisions(frames).length >= count;

  describe("a subscription to a stream", () => {
    test("confirms, sends history, reports that it has caught up, then sends new events", async () => {
      const stream = newStream();
      await append(stream, 3);
      const live = open(stream, "start");
      await live.until(caughtUp);
      await append(stream, 2);
      await live.until(events(5));
      live.cancel();
      expect(kinds(live.frames)).toEqual(["confirmation", "event", "event", "event", "caught-up", "event", "event"]);
      expect(revisions(live.frames)).toEqual([0, 1, 2, 3, 4]);
      expect(live.frames[0]?.getConfirmation()?.getSubscriptionId()).toMatch(/^[0-9a-f-]{36}$/);
    });

    test("starts after the given revision", async () => {
      const stream = newStream();
      await append(stream, 3);
      const live = open(stream, 0n);
      await live.until(caughtUp);
      live.cancel();
      expect(revisions(live.frames)).toEqual([1, 2]);
    });

    test.each([
      ["from the end", "end"],
      ["from the last revision", 2n],
    ] as const)("%s sends only new events", async (_name, from) => {
      const stream = newStream();
      await append(stream, 3);
      const live = open(stream, from);
      await live.until(caughtUp);
      expect(kinds(live.frames)).toEqual(["confirmation", "caught-up"]);
      await append(stream, 1);
      await live.until(events(1));
      live.cancel();
      expect(revisions(live.frames)).toEqual([3]);
    });

    test("waits for a stream that does not exist yet", async () => {
      const stream = newStream();
      const live = open(stream, "start");
      await live.until(caughtUp);
      expect(kinds(live.frames)).toEqual(["confirmation", "caught-up"]);
      await append(stream, 2);
      await live.until(events(2));
      live.cancel();
    });

    test("from beyond the end waits for that revision", async () => {
      const stream = newStream();
      await append(stream, 1);
      const live = open(stream, 2n);
      await live.until(caughtUp);
      await append(stream, 4);
      await live.until(events(2));
      live.cancel();
      expect(revisions(live.frames)).toEqual([3, 4]);
    });

    test("sends no other stream's events", async () => {
      const [stream, other] = [newStream(), newStream()];
      const live = open(stream, "start");
      await live.until(caughtUp);
      for (let i = 0; i < 5; i++) {
        await append(other, 1);
        await append(stream, 1);
      }
      await live.until(events(5));
      live.cancel();
      expect(revisions(live.frames)).toEqual([0, 1, 2, 3, 4]);
    });

    test("to a tombstoned stream fails, without a confirmation", async () => {
      const stream = newStream();
      await node.client.tombstoneStream(stream);
      const live = open(stream, "start");
      await live.until((_, error) => error !== undefined);
      expect(live.frames).toEqual([]);
      expect(live.error?.code).toBe(9);
      if (live.error !== undefined) expect(trailer(live.error, "exception")).toBe("stream-deleted");
    });

    test("sends the tombstone, then fails", async () => {
      const stream = newStream();
      await append(stream, 1);
      const live = open(stream, "start");
      await live.until(caughtUp);
      await node.client.tombstoneStream(stream);
      await live.until((_, error) => error !== undefined);
      expect(live.frames.at(-1)?.getEvent()?.getEvent()?.getMetadataMap().get("type")).toBe("$streamDeleted");
      expect(live.error?.code).toBe(9);
    });

    test("leaves out events hidden by metadata, and goes on after a delete", async () => {
      const stream = newStream();
      await append(stream, 4);
      await node.client.setStreamMetadata(stream, { truncateBefore: 2 });
      const live = open(stream, "start");
      await live.until(caughtUp);
      expect(revisions(live.frames)).toEqual([2, 3]);
      await node.client.deleteStream(stream);
      await append(stream, 1);
      await live.until(events(3));
      live.cancel();
      expect(revisions(live.frames)).toEqual([2, 3, 4]);
    });

    test("loses nothing when appends happen while it reads history", async () => {
      const stream = newStream();
      for (let i = 0; i < 4; i++) await append(stream, 500);
      const live = open(stream, "start");
      const appends = (async () => {
        for (let i = 0; i < 50; i++) await append(stream, 10);
      })();
      await live.until(events(2500));
      await appends;
      live.cancel();
      expect(revisions(live.frames)).toEqual(Array.from({ length: 2500 }, (_, index) => index));
    });

    test("resolves links if asked to", async () => {
      const [target, links] = [newStream(), newStream()];
      await append(target, 1);
      const seen = new Promise<unknown>((resolve) => {
        const live = node.client.subscribeToStream(links, { resolveLinkTos: true });
        live.on("data", (resolved) => {
          void live.unsubscribe();
          resolve(resolved);
        });
      });
      await node.client.appendToStream(links, binaryEvent({ type: "$>", data: Buffer.from(`0@${target}`) }));
      expect(await seen).toMatchObject({ event: { streamId: target }, link: { streamId: links } });
    });

    test("sends a link that cannot be parsed as an event when it is history, as a broken link when it is live", async () => {
      const links = newStream();
      const invalid = () => binaryEvent({ type: "$>", data: Buffer.from("no link") });
      await node.client.appendToStream(links, invalid());
      const live = new RawSubscription(
        node,
        streamRequest(links, (options) => {
          options.setSubscription(subscription());
          options.setResolveLinks(true);
        }),
      );
      await live.until(caughtUp);
      await node.client.appendToStream(links, invalid());
      await live.until((frames) => frames.filter((frame) => frame.hasEvent()).length === 2);
      live.cancel();
      const sent = live.frames.filter((frame) => frame.hasEvent()).map((frame) => frame.getEvent());
      expect(sent.map((event) => [event?.hasEvent(), event?.hasLink()])).toEqual([
        [true, false],
        [false, true],
      ]);
    });
  });
}
