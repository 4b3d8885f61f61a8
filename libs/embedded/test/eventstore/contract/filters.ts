import {
  type AllStreamSubscription,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  streamNameFilter,
} from "@eventstore/db-client";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { describe, expect, test } from "vitest";
import { collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";
import { allRequest, empty, kindOf, RawSubscription, subscription } from "../support/raw-read.ts";

interface Seen {
  events: { streamId: string; type: string; commit: bigint }[];
  checkpoints: Position[];
  /** How many events came before each checkpoint. */
  eventsBefore: number[];
}

type Options = Omit<Parameters<typeof eventTypeFilter>[0], "regex" | "prefixes" | "checkpointReached">;

export function filterContract(node: Node): void {
  const append = async (stream: string, count: number, type = "Tested") => {
    const { position } = await node.client.appendToStream(stream, someEvents(count, type));
    if (position === undefined) throw new Error("A position is needed.");
    return position;
  };

  /** Subscribes after a position until `enough`. */
  function watch(from: Position | "start", filter: Filter, enough: (seen: Seen) => boolean): Promise<Seen> {
    const seen: Seen = { events: [], checkpoints: [], eventsBefore: [] };
    return new Promise((resolve, reject) => {
      let live: AllStreamSubscription;
      const check = () => {
        if (!enough(seen)) return;
        void live.unsubscribe();
        resolve(seen);
      };
      filter.checkpointReached = async (_subscription, position) => {
        seen.checkpoints.push(position);
        seen.eventsBefore.push(seen.events.length);
        check();
      };
      live = node.client.subscribeToAll({ fromPosition: from, filter });
      live.on("error", reject);
      live.on("data", ({ event }) => {
        if (event === undefined) return;
        seen.events.push({ streamId: event.streamId, type: event.type, commit: event.position?.commit ?? -1n });
        check();
      });
    });
  }

  describe("a filtered subscription", () => {
    test.each([
      ["prefixes of streams", (key: string) => streamNameFilter({ prefixes: ["none", key] })],
      ["an expression on streams", (key: string) => streamNameFilter({ regex: `^${key}` })],
      ["an expression found anywhere in the name", (key: string) => streamNameFilter({ regex: key.slice(4) })],
    ])("by %s sends matching events from before and after it started", async (_name, filterFor) => {
      const key = newStream("key");
      const from = await append(newStream(), 1);
      await append(`${key}-a`, 2);
      await append(newStream(), 5);
      const done = watch(from, filterFor(key), ({ events }) => events.length === 4);
      await append(`${key}-b`, 2);
      expect((await done).events.map(({ streamId }) => streamId)).toEqual([
        `${key}-a`,
        `${key}-a`,
        `${key}-b`,
        `${key}-b`,
      ]);
    });

    test.each([
      ["prefixes of types", (key: string) => eventTypeFilter({ prefixes: [key] })],
      ["an expression on types", (key: string) => eventTypeFilter({ regex: `^${key}(Yes|Aye)$` })],
      ["an expression that looks ahead", (key: string) => eventTypeFilter({ regex: `^(?!${key}No)${key}.*` })],
    ])("by %s sends matching events", async (_name, filterFor) => {
      const key = newStream("Type");
      const stream = newStream();
      const from = await append(stream, 1);
      await append(stream, 1, `${key}Yes`);
      await append(stream, 1, `not-${key}Yes`);
      const done = watch(from, filterFor(key), ({ events }) => events.length === 2);
      await append(stream, 1, `${key}Aye`);
      expect((await done).events.map(({ type }) => type)).toEqual([`${key}Yes`, `${key}Aye`]);
    });

    test("can leave out system events", async () => {
      const stream = newStream();
      const from = await append(stream, 1);
      await node.client.setStreamMetadata(stream, { maxCount: 100 });
      const done = watch(from, excludeSystemEvents(), ({ events }) => events.some(({ type }) => type === "Last"));
      await append(stream, 1, "Last");
      expect((await done).events.filter(({ type }) => type.startsWith("$"))).toEqual([]);
    });

    const quiet = (options: Options) => eventTypeFilter({ regex: `^${newStream("never")}`, ...options });

    /** The kinds of frames up to `caught-up`, and the positions of events and checkpoints among them. */
    async function history(from: Position | "start" | "end", prefix: string, window?: number) {
      const request = allRequest((options) => {
        options.setSubscription(subscription());
        options.setFilter(byStream(prefix, window));
        if (from === "end") options.getAll()?.setEnd(empty());
        else if (from !== "start") options.getAll()?.setPosition(rawPosition(from));
      });
      const live = new RawSubscription(node, request);
      await live.until((frames) => frames.map(kindOf).includes("caught-up"));
      live.cancel();
      return live.frames.slice(1).map((frame) => {
        const at = frame.getCheckpoint() ?? frame.getEvent()?.getEvent();
        return [kindOf(frame), at && BigInt(at.getCommitPosition()), at && BigInt(at.getPreparePosition())];
      });
    }

    test("sends the last matching event as a checkpoint at the end of history", async () => {
      const stream = newStream();
      const from = await append(newStream(), 1);
      const first = await append(stream, 1);
      const second = await append(stream, 1);
      await append(newStream(), 3);
      expect(await history(from, stream)).toEqual([
        ["event", first.commit, first.commit],
        ["event", second.commit, second.commit],
        ["checkpoint", second.commit, second.commit],
        ["caught-up", undefined, undefined],
      ]);
    });

    test("sends no checkpoint at the end of history when nothing was searched, and its start when nothing matched", async () => {
      const from = await append(newStream(), 1);
      const last = await append(newStream(), 1);
      const none = [["caught-up", undefined, undefined]];
      expect(await history("end", newStream())).toEqual(none);
      expect(await history(last, newStream())).toEqual(none);
      expect(await history(from, newStream())).toEqual([["checkpoint", from.commit, from.commit], ...none]);
    });

    test("sends the last matching event as a checkpoint while it reads history, if it is not before the page", async () => {
      const stream = newStream();
      const from = await append(newStream(), 1);
      await append(newStream(), 30);
      const match = await append(stream, 1);
      await append(newStream(), 60);
      const sent = await history(from, stream, 20);
      const checkpoints = sent.filter(([kind]) => kind === "checkpoint");
      expect(checkpoints).toContainEqual(["checkpoint", match.commit, match.commit]);
      expect(checkpoints.filter(([, , prepare]) => prepare === 0n).length).toBeGreaterThan(1);
    });

    test("counts live events for checkpoints from when it has caught up", async () => {
      const stream = newStream();
      const from = await append(stream, 6);
      await append(stream, 6);
      const never = quiet({ maxSearchWindow: 10, checkpointInterval: 1 });
      const live = watch(from, never, (seen) => seen.checkpoints.length === 2);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const positions = [];
      for (let i = 0; i < 10; i++) positions.push(await append(newStream(), 1));
      // The node itself may append events too.
      expect((await live).checkpoints[1]?.commit).toBeGreaterThan(positions[6]?.commit ?? 0n);
    });

    test("sends the start of the last page searched as a checkpoint", async () => {
      const stream = newStream();
      const from = await append(stream, 1);
      const last = await append(stream, 100);
      const filter = quiet({ maxSearchWindow: 10, checkpointInterval: 2 });
      // 100 events are searched, five times 20, in pages of 10.
      const { checkpoints } = await watch(from, filter, (seen) => seen.checkpoints.length === 5);
      grows(checkpoints);
      for (const { commit, prepare } of checkpoints) {
        expect(prepare).toBe(0n);
        expect(commit).toBeGreaterThan(from.commit);
        expect(commit).toBeLessThan(last.commit);
      }
    });

    test("uses pages of 32 events by default", async () => {
      const stream = newStream();
      const from = await append(stream, 1);
      await append(stream, 32 * 3 + 5);
      const { checkpoints } = await watch(
        from,
        quiet({ checkpointInterval: 1 }),
        (seen) => seen.checkpoints.length === 3,
      );
      const page = await collect(node.client.readAll({ fromPosition: checkpoints[1] as Position, maxCount: 33 }));
      expect(page.at(-1)?.event?.position?.commit).toBe(checkpoints[2]?.commit);
    });

    test("continues from a checkpoint without skipping the event there", async () => {
      const stream = newStream();
      const from = await append(stream, 1);
      await append(stream, 64);
      const quietly = quiet({ maxSearchWindow: 32, checkpointInterval: 1 });
      const { checkpoints } = await watch(from, quietly, (seen) => seen.checkpoints.length === 2);
      const filter = streamNameFilter({ prefixes: [stream] });
      const { events } = await watch(checkpoints[1] as Position, filter, (seen) => seen.events.length === 32);
      expect(events[0]?.commit).toBe(checkpoints[1]?.commit);
    });

    test("sends checkpoints while live, none beyond the last event sent", async () => {
      const stream = newStream();
      const from = await append(stream, 1);
      const key = newStream("Live");
      const filter = eventTypeFilter({ prefixes: [key], maxSearchWindow: 5, checkpointInterval: 1 });
      const done = watch(from, filter, ({ events, checkpoints }) => events.length === 10 && checkpoints.length >= 4);
      for (let i = 0; i < 10; i++) {
        await append(stream, 3);
        await append(stream, 1, key);
      }
      const { events, checkpoints, eventsBefore } = await done;
      grows(checkpoints);
      for (const [index, { commit }] of checkpoints.entries()) {
        const sent = events.slice(0, eventsBefore[index]).length;
        expect(events.filter((event) => event.commit < commit).length).toBeLessThanOrEqual(sent);
      }
    });

    test.each([
      ["a malformed expression", { regex: "(unclosed" }],
      ["a malformed class", { regex: "[z-a]" }],
    ])("with %s is refused", async (_name, expression) => {
      expect(await rejection(watch("start", eventTypeFilter(expression), () => false))).toBeInstanceOf(Error);
    });
  });

  const byStream = (prefix: string, window?: number) => {
    const expression = new streams.ReadReq.Options.FilterOptions.Expression();
    expression.setPrefixList([prefix]);
    const filter = new streams.ReadReq.Options.FilterOptions();
    filter.setStreamIdentifier(expression);
    if (window === undefined) filter.setCount(empty());
    else filter.setMax(window);
    filter.setCheckpointintervalmultiplier(1);
    return filter;
  };

  const rawPosition = ({ commit, prepare }: Position) => {
    const position = new streams.ReadReq.Options.Position();
    position.setCommitPosition(commit.toString());
    position.setPreparePosition(prepare.toString());
    return position;
  };

  function grows(checkpoints: Position[]): void {
    for (const [index, { commit }] of checkpoints.entries()) {
      if (index > 0) expect(commit).toBeGreaterThan(checkpoints[index - 1]?.commit ?? commit);
    }
  }
}
