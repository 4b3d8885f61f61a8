import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { describe, expect, test } from "vitest";
import { type Node, newStream, rejection, someEvents, trailer } from "../support/node.ts";
import { appendMessages, appendRaw, proposed, uuid } from "../support/raw-append.ts";
import { allRequest, empty, readToEnd, streamRequest, subscription } from "../support/raw-read.ts";

export function malformedContract(node: Node): void {
  const stillServes = async () => {
    expect((await node.client.appendToStream(newStream(), someEvents(1))).success).toBe(true);
  };
  const bytes = (message: Buffer): Buffer => message;
  const unary = (path: string, message: Buffer): Promise<Buffer | undefined> =>
    new Promise((resolve, reject) => {
      node.raw.makeUnaryRequest(path, bytes, bytes, message, (error, value) =>
        error ? reject(error) : resolve(value),
      );
    });

  describe("a malformed append", () => {
    test.each([
      ["type", { type: null }],
      ["content-type", { contentType: null }],
    ])("without a %s names the missing property", async (_name, parts) => {
      const error = await rejection(appendRaw(node, newStream(), [proposed(parts)]));
      expect(error.code).toBe(3);
      expect(trailer(error, "exception")).toBe("missing-required-metadata-property");
      expect(trailer(error, "required-metadata-properties")).toBe("type,content-type");
    });

    test.each([
      ["an empty type", { type: "" }],
      ["the zero id", { id: uuid("00000000-0000-0000-0000-000000000000") }],
      ["an invalid id", { id: uuid("not-an-id") }],
      ["no id", { id: null }],
    ])("with %s is refused", async (_name, parts) => {
      await rejection(appendRaw(node, newStream(), [proposed(parts)]));
      await stillServes();
    });

    test.each([[""], ["$$"]])("to the stream %j is refused", async (stream) => {
      await rejection(appendRaw(node, stream, [proposed()]));
    });

    test("without an expected revision is an invalid argument", async () => {
      expect((await rejection(appendRaw(node, newStream(), [proposed()], () => {}))).code).toBe(3);
    });

    test("without options, or empty, is refused", async () => {
      const request = new streams.AppendReq();
      request.setProposedMessage(new streams.AppendReq.ProposedMessage());
      await rejection(appendMessages(node, [request]));
      await rejection(appendMessages(node, [new streams.AppendReq()]));
      await rejection(appendMessages(node, []));
      await stillServes();
    });

    test("that is too big names the limit", async (context) => {
      if (!(await node.limitsAppends())) return context.skip("This server takes far larger appends.");
      const error = await rejection(appendRaw(node, newStream(), [proposed({ data: Buffer.alloc(1024 * 1024) })]));
      expect(error.code).toBe(3);
      expect(trailer(error, "exception")).toBe("maximum-append-size-exceeded");
      expect(trailer(error, "maximum-append-size")).toBe("1048576");
    });

    test("gives a wrong version in the fields of old and new clients", async () => {
      const stream = newStream();
      const response = await appendRaw(node, stream, [proposed()], (options) => options.setRevision("4"));
      const wrong = response.getWrongExpectedVersion();
      expect(wrong?.hasCurrentNoStream()).toBe(true);
      expect(wrong?.hasNoStream2060()).toBe(true);
      expect(wrong?.getExpectedRevision()).toBe("4");
      expect(Number(wrong?.getExpectedRevision2060())).toBe(4);
    });
  });

  describe("a malformed read", () => {
    const code = async (request: ReturnType<typeof streamRequest>) => (await readToEnd(node, request)).error?.code;

    test.each<[string, () => ReturnType<typeof streamRequest>]>([
      ["without a uuid option", () => streamRequest(newStream(), (options) => options.clearUuidOption())],
      ["without a filter option", () => streamRequest(newStream(), (options) => options.clearNoFilter())],
      ["without a count or subscription", () => streamRequest(newStream(), (options) => options.clearCount())],
      ["without a stream or $all", () => streamRequest(newStream(), (options) => options.clearStream())],
      ["of a stream, with a filter", () => streamRequest(newStream(), (options) => options.setFilter(someFilter(1)))],
      [
        "as a subscription backwards",
        () =>
          allRequest((options) => {
            options.setSubscription(subscription());
            options.setReadDirection(1);
          }),
      ],
    ])("%s is an invalid argument", async (_name, request) => {
      expect(await code(request())).toBe(3);
    });

    test.each<[string, () => ReturnType<typeof streamRequest>]>([
      ["a stream", () => streamRequest(newStream(), (options) => options.getStream()?.clearStart())],
      ["$all", () => allRequest((options) => options.getAll()?.clearStart())],
      [
        "$all, as a subscription",
        () =>
          allRequest((options) => {
            options.setSubscription(subscription());
            options.getAll()?.clearStart();
          }),
      ],
    ])("of %s without a start is an unknown error", async (_name, request) => {
      expect((await readToEnd(node, request())).error).toMatchObject({
        code: 2,
        details: "Exception was thrown by handler.",
      });
    });

    const someFilter = (multiplier: number) => {
      const expression = new streams.ReadReq.Options.FilterOptions.Expression();
      expression.setRegex("^x");
      const filter = new streams.ReadReq.Options.FilterOptions();
      filter.setEventType(expression);
      filter.setCount(new shared.Empty());
      filter.setCheckpointintervalmultiplier(multiplier);
      return filter;
    };

    test.each<[string, () => ReturnType<typeof streamRequest>]>([
      ["without options", () => new streams.ReadReq()],
      ["of the stream without a name", () => streamRequest("")],
      [
        "with a checkpoint multiplier of 0",
        () =>
          allRequest((options) => {
            options.setSubscription(subscription());
            options.setFilter(someFilter(0));
          }),
      ],
      [
        "from an impossible revision",
        () => streamRequest(newStream(), (options) => options.getStream()?.setRevision(`${2n ** 63n}`)),
      ],
      [
        "from a commit position below its prepare position",
        () =>
          allRequest((options) => {
            const position = new streams.ReadReq.Options.Position();
            position.setCommitPosition("1");
            position.setPreparePosition("2");
            options.getAll()?.setPosition(position);
          }),
      ],
    ])("%s is an error", async (_name, request) => {
      expect(await code(request())).toBeGreaterThan(0);
      await stillServes();
    });

    test("from position -1 reads from the end", async () => {
      const request = allRequest((options) => {
        const end = new streams.ReadReq.Options.Position();
        end.setCommitPosition(`${2n ** 64n - 1n}`);
        end.setPreparePosition(`${2n ** 64n - 1n}`);
        options.getAll()?.setPosition(end);
        options.setReadDirection(1);
        options.setCount("1");
      });
      expect((await readToEnd(node, request)).frames).toHaveLength(1);
      expect(empty()).toBeDefined();
    });
  });

  describe("bytes that are not a message", () => {
    const garbage = [
      Buffer.from([0x0a]),
      Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      Buffer.alloc(64, 0xff),
      Buffer.from("GET / HTTP/1.1"),
    ];
    test.each(["Read", "Append", "BatchAppend", "Delete", "Tombstone"])(
      "sent to %s are an error, and no more",
      async (name) => {
        for (const message of garbage) await rejection(unary(`/event_store.client.streams.Streams/${name}`, message));
        await stillServes();
      },
    );
  });
}
