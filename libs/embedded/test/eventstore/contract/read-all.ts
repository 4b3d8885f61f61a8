import { eventTypeFilter, type Filter, type Position, streamNameFilter } from "@eventstore/db-client";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { beforeAll, describe, expect, test } from "vitest";
import { collect, type Node, newStream, rejection, someEvents } from "../support/node.ts";
import { allRequest, readToEnd } from "../support/raw-read.ts";

export function readAllContract(node: Node): void {
  describe("reading $all", () => {
    const stream = newStream("all");
    const type = newStream("Type");
    let positions: Position[] = [];
    beforeAll(async () => {
      await node.client.appendToStream(stream, someEvents(4, type));
      await node.client.appendToStream(newStream(), someEvents(1));
      const events = await collect(node.client.readStream(stream));
      positions = events.map(({ event }) => event?.position as Position);
    });
    const read = async (options: Parameters<typeof node.client.readAll>[0]) =>
      (await collect(node.client.readAll(options))).map(({ event }) => event?.position?.commit);
    const commits = () => positions.map(({ commit }) => commit);

    test("forwards includes the position it starts from", async () => {
      expect(await read({ fromPosition: positions[1] as Position, maxCount: 3 })).toEqual(commits().slice(1));
    });

    test("backwards excludes it", async () => {
      const found = await read({ direction: "backwards", fromPosition: positions[2] as Position, maxCount: 2 });
      expect(found).toEqual([commits()[1], commits()[0]]);
    });

    test("backwards from the end starts with the newest", async () => {
      const all = await read({ direction: "backwards", fromPosition: "end", maxCount: 50 });
      expect(all).toEqual([...all].sort((left, right) => Number((right ?? 0n) - (left ?? 0n))));
      expect(all).toContain(commits()[3]);
    });

    test("backwards from the start finds nothing", async () => {
      expect(await read({ direction: "backwards", fromPosition: "start" })).toEqual([]);
    });

    test("from beyond the end finds nothing", async () => {
      const beyond = 2n ** 62n;
      expect(await read({ fromPosition: { commit: beyond, prepare: beyond } })).toEqual([]);
    });

    test.each([
      ["ReadAllResult", () => undefined],
      ["FilteredReadAllResult", () => streamNameFilter({ prefixes: [stream] })],
    ])("backwards from beyond the end is an error: %s", async (result, filter) => {
      const request = allRequest((options) => {
        const beyond = new streams.ReadReq.Options.Position();
        beyond.setCommitPosition(`${2n ** 62n}`);
        beyond.setPreparePosition(`${2n ** 62n}`);
        options.getAll()?.setPosition(beyond);
        options.setReadDirection(1);
        const given = filter();
        if (given !== undefined) options.setFilter(filterOptions(given));
      });
      expect((await readToEnd(node, request)).error).toMatchObject({
        code: 2,
        details: `Unexpected ${result}: Error`,
      });
    });

    test.each(["forwards", "backwards"] as const)(
      "%s from a position that was never a record's is an error",
      async (direction) => {
        const { commit } = positions[1] as Position;
        const fromPosition = { commit: commit + 1n, prepare: commit + 1n };
        expect(await rejection(read({ direction, fromPosition, maxCount: 1 }))).toMatchObject({
          code: 2,
          message: expect.stringContaining("Unexpected ReadAllResult: InvalidPosition"),
        });
      },
    );

    test("positions increase, and not by one", () => {
      for (const [index, position] of commits().entries()) {
        if (index > 0) expect(position - (commits()[index - 1] ?? 0n)).toBeGreaterThan(1n);
      }
    });

    test.each([
      ["a prefix of streams", () => streamNameFilter({ prefixes: [stream] })],
      ["an expression on streams", () => streamNameFilter({ regex: `${stream.slice(-12)}$` })],
      ["a prefix of types", () => eventTypeFilter({ prefixes: ["nothing", type] })],
      ["an expression on types", () => eventTypeFilter({ regex: `^T[a-z]{3}-.*${type.slice(-12)}` })],
    ])("can be filtered by %s, in both directions", async (_name, filter) => {
      const forwards = await filtered(filter(), false);
      expect(forwards).toEqual(commits());
      expect(await filtered(filter(), true)).toEqual([...commits()].reverse());
    });

    /** The client's `readAll` has no filter, but the protocol has. */
    function filterOptions(filter: Filter) {
      const expression = new streams.ReadReq.Options.FilterOptions.Expression();
      if ("regex" in filter) expression.setRegex(filter.regex);
      if ("prefixes" in filter) expression.setPrefixList(filter.prefixes);
      const options = new streams.ReadReq.Options.FilterOptions();
      if (filter.filterOn === "streamName") options.setStreamIdentifier(expression);
      else options.setEventType(expression);
      options.setMax(10);
      options.setCheckpointintervalmultiplier(1);
      return options;
    }

    async function filtered(filter: Filter, backwards: boolean) {
      const request = allRequest((read) => {
        read.setFilter(filterOptions(filter));
        if (!backwards) return;
        read.setReadDirection(1);
        const end = new streams.ReadReq.Options.AllOptions();
        end.setEnd(allRequest().getOptions()?.getNoFilter());
        read.setAll(end);
      });
      const { frames } = await readToEnd(node, request);
      return frames.map((frame) => BigInt(frame.getEvent()?.getCommitPosition() ?? 0));
    }
  });
}
