import type { Position } from "@eventstore/db-client";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { describe, expect, test } from "vitest";
import { type Node, newStream, someEvents } from "../support/node.ts";
import { allRequest, empty, type Frame, kindOf, RawSubscription, subscription } from "../support/raw-read.ts";

export function subscribeToAllContract(node: Node): void {
  const open = (from: "start" | "end" | Position) =>
    new RawSubscription(
      node,
      allRequest((options) => {
        options.setSubscription(subscription());
        const all = new streams.ReadReq.Options.AllOptions();
        if (from === "start") all.setStart(empty());
        else if (from === "end") all.setEnd(empty());
        else {
          const position = new streams.ReadReq.Options.Position();
          position.setCommitPosition(from.commit.toString());
          position.setPreparePosition(from.prepare.toString());
          all.setPosition(position);
        }
        options.setAll(all);
      }),
    );
  const of = (stream: string) => (frames: Frame[]) =>
    frames
      .map((frame) => frame.getEvent()?.getEvent())
      .filter((event) => Buffer.from(event?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString() === stream)
      .map((event) => Number(event?.getStreamRevision()));
  const caughtUp = (frames: Frame[]) => frames.some((frame) => kindOf(frame) === "caught-up");
  const append = async (stream: string, count: number) => {
    const { position } = await node.client.appendToStream(stream, someEvents(count));
    if (position === undefined) throw new Error("A position is needed.");
    return position;
  };

  describe("a subscription to $all", () => {
    test("from the start sends everything, reports that it has caught up, then sends new events", async () => {
      const stream = newStream();
      await append(stream, 3);
      const live = open("start");
      await live.until(caughtUp);
      expect(kindOf(live.frames[0] as Frame)).toBe("confirmation");
      expect(of(stream)(live.frames)).toEqual([0, 1, 2]);
      await append(stream, 2);
      await live.until((frames) => of(stream)(frames).length === 5);
      live.cancel();
      const commits = live.frames
        .filter((frame) => frame.hasEvent())
        .map((frame) => BigInt(frame.getEvent()?.getCommitPosition() ?? 0));
      expect(commits).toEqual([...new Set(commits)].sort((left, right) => Number(left - right)));
    });

    test("from the end is confirmed, and has caught up at once", async () => {
      const stream = newStream();
      await append(stream, 1);
      const live = open("end");
      await live.until(caughtUp);
      expect(live.frames.map(kindOf)).toEqual(["confirmation", "caught-up"]);
      await append(stream, 1);
      await live.until((frames) => of(stream)(frames).length === 1);
      live.cancel();
      expect(of(stream)(live.frames)).toEqual([1]);
    });

    test("from a position starts after it", async () => {
      const stream = newStream();
      const position = await append(stream, 1);
      await append(stream, 2);
      const live = open(position);
      await live.until(caughtUp);
      live.cancel();
      expect(of(stream)(live.frames)).toEqual([1, 2]);
    });

    test("from a position beyond the end sends nothing that comes before it", async () => {
      const stream = newStream();
      const live = open({ commit: 2n ** 62n, prepare: 2n ** 62n });
      await live.until(caughtUp);
      await append(stream, 1);
      const probe = open("end");
      await probe.until(caughtUp);
      for (const call of [live, probe]) call.cancel();
      expect(live.frames.map(kindOf)).toEqual(["confirmation", "caught-up"]);
    });

    test("from a position that was never a record's is confirmed, then refused", async () => {
      const position = await append(newStream(), 2);
      await append(newStream(), 1);
      const live = open({ commit: position.commit + 1n, prepare: position.commit + 1n });
      await live.until((_, error) => error !== undefined);
      expect(live.frames.map(kindOf)).toEqual(["confirmation"]);
      expect(live.error?.code).toBe(3);
    });

    test("shows deleted streams, metadata and tombstones too", async () => {
      const stream = newStream();
      const live = open("end");
      await live.until(caughtUp);
      await append(stream, 1);
      await node.client.deleteStream(stream);
      await node.client.tombstoneStream(stream);
      await live.until((frames) => of(stream)(frames).length === 2);
      live.cancel();
      expect(of(stream)(live.frames)).toEqual([0, Number(2n ** 63n - 1n)]);
      expect(of(`$$${stream}`)(live.frames)).toEqual([0]);
    });

    test("that is read slowly misses nothing", async () => {
      const stream = newStream();
      const live = open("end");
      await live.until(caughtUp);
      live.pause();
      for (let i = 0; i < 20; i++) await append(stream, 250);
      live.resume();
      await live.until((frames) => of(stream)(frames).length >= 5000);
      live.cancel();
      expect(of(stream)(live.frames)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    });
  });
}
