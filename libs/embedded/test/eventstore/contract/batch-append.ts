import { randomUUID } from "node:crypto";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect, type Node, newStream, someEvents } from "../support/node.ts";
import { batch, errorName, proposed, RawBatches, structuredUuid, uuid } from "../support/raw-append.ts";

const TYPE_PREFIX = "type.googleapis.com/event_store.client.";

export function batchAppendContract(node: Node): void {
  describe("a BatchAppend call", () => {
    let batches: RawBatches;
    beforeEach(() => {
      batches = new RawBatches(node);
    });
    afterEach(() => batches.close());

    const count = async (stream: string) => (await collect(node.client.readStream(stream))).length;
    const one = async () => (await batches.until((responses) => responses.length >= 1))[0];

    /** Servers do not end the call after the client does, so a later append shows what was answered before it. */
    const nothingElseIsAnswered = async () => {
      const last = randomUUID();
      batches.send(batch({ stream: newStream(), correlation: uuid(last) }));
      const responses = await batches.until((all) => all.length >= 2);
      expect(responses.map((response) => response.getCorrelationId()?.getString()).indexOf(last)).toBe(1);
    };

    test("answers with the unchanged correlation id, the stream, the revision and the position", async () => {
      const stream = newStream();
      const [first, second] = [randomUUID(), randomUUID()];
      batches.send(batch({ stream, correlation: uuid(first) }), batch({ stream, correlation: structuredUuid(second) }));
      const [one, two] = await batches.until((responses) => responses.length === 2);
      expect(one?.getCorrelationId()?.getString()).toBe(first);
      expect(two?.getCorrelationId()?.toObject()).toEqual(structuredUuid(second).toObject());
      expect(Buffer.from(one?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(stream);
      expect(one?.getSuccess()?.getCurrentRevision()).toBe("0");
      expect(two?.getSuccess()?.getCurrentRevision()).toBe("1");
      expect(BigInt(two?.getSuccess()?.getPosition()?.getCommitPosition() ?? 0)).toBeGreaterThan(
        BigInt(one?.getSuccess()?.getPosition()?.getCommitPosition() ?? 0),
      );
    });

    test("collects the parts of a batch until the last, and answers once", async () => {
      const stream = newStream();
      const correlation = uuid();
      const part = (isFinal: boolean) =>
        batch({ correlation, options: false, events: [proposed(), proposed()], isFinal });
      batches.send(batch({ stream, correlation, isFinal: false }), part(false), part(true));
      expect((await one())?.getSuccess()?.getCurrentRevision()).toBe("4");
      await nothingElseIsAnswered();
    });

    test("keeps interleaved batches apart", async () => {
      const [left, right] = [newStream(), newStream()];
      const [a, b] = [uuid(), uuid()];
      batches.send(
        batch({ stream: left, correlation: a, isFinal: false }),
        batch({ stream: right, correlation: b, isFinal: false }),
        batch({ correlation: b, options: false }),
        batch({ correlation: a, options: false, events: [proposed(), proposed()] }),
      );
      await batches.until((responses) => responses.length === 2);
      expect([await count(left), await count(right)]).toEqual([3, 2]);
    });

    test("ignores parts of unknown batches", async () => {
      const stream = newStream();
      batches.send(batch({ options: false }), batch({ stream }));
      expect((await one())?.hasSuccess()).toBe(true);
      await nothingElseIsAnswered();
    });

    test("gives up a batch whose last part does not come", async () => {
      const stream = newStream();
      const correlation = uuid();
      batches.send(batch({ stream, correlation, isFinal: false }));
      const answer = await one();
      expect(answer?.getError()?.getCode()).toBe(4);
      expect(errorName(answer as never)).toBe(`${TYPE_PREFIX}Timeout`);
      expect(answer?.getCorrelationId()?.hasString() || answer?.getCorrelationId()?.hasStructured()).toBe(true);
      batches.send(batch({ correlation, options: false }), batch({ stream }));
      await batches.until((responses) => responses.length === 2);
      expect(await count(stream)).toBe(1);
    });

    test("respects a deadline shorter than its own, and one that has passed", async () => {
      const stream = newStream();
      const before = Date.now();
      batches.send(batch({ stream, isFinal: false, deadline: new Date(Date.now() + 300) }));
      expect(errorName((await one()) as never)).toBe(`${TYPE_PREFIX}Timeout`);
      expect(Date.now() - before).toBeLessThan(1900);
      batches.send(batch({ stream, deadline: new Date(Date.now() - 1000) }));
      const [, late] = await batches.until((responses) => responses.length === 2);
      expect(errorName(late as never)).toBe(`${TYPE_PREFIX}Timeout`);
    });

    test("answers a wrong version with both revisions", async () => {
      const stream = newStream();
      await node.client.appendToStream(stream, someEvents(2));
      const request = batch({ stream });
      request.getOptions()?.setStreamPosition("7");
      batches.send(request);
      const answer = await one();
      expect(answer?.getError()?.getCode()).toBe(6);
      expect(errorName(answer as never)).toBe(`${TYPE_PREFIX}WrongExpectedVersion`);
      const detail = answer
        ?.getError()
        ?.getDetails()
        ?.unpack(
          (bytes) => shared.WrongExpectedVersion.deserializeBinary(bytes),
          "event_store.client.WrongExpectedVersion",
        );
      expect(detail?.getCurrentStreamRevision()).toBe("1");
      expect(detail?.getExpectedStreamPosition()).toBe("7");
    });

    test("says that a stream is deleted", async () => {
      const stream = newStream();
      await node.client.tombstoneStream(stream);
      batches.send(batch({ stream }));
      expect((await one())?.getError()?.getCode()).toBe(5);
      expect((await one())?.getError()?.getMessage()).toBe("StreamDeleted");
      expect(errorName((await one()) as never)).toBe(`${TYPE_PREFIX}StreamDeleted`);
    });

    test("says that a batch is too big, once, and continues", async (context) => {
      if (!(await node.limitsAppends())) return context.skip("This server takes far larger appends.");
      const stream = newStream();
      const correlation = uuid();
      const big = () => [proposed({ data: Buffer.alloc(700_000) })];
      batches.send(
        batch({ stream, correlation, isFinal: false, events: big() }),
        batch({ correlation, options: false, isFinal: false, events: big() }),
        batch({ correlation, options: false, events: big() }),
        batch({ stream }),
      );
      const [refused, taken] = await batches.until((responses) => responses.length === 2);
      expect(refused?.getError()?.getCode()).toBe(3);
      expect(refused?.getError()?.getMessage()).toBe("MaximumAppendSizeExceeded");
      expect(errorName(refused as never)).toBe(`${TYPE_PREFIX}MaximumAppendSizeExceeded`);
      const detail = refused
        ?.getError()
        ?.getDetails()
        ?.unpack(
          (bytes) => shared.MaximumAppendSizeExceeded.deserializeBinary(bytes),
          "event_store.client.MaximumAppendSizeExceeded",
        );
      expect(detail?.getMaxappendsize()).toBe(1024 * 1024);
      expect(taken?.getSuccess()?.getCurrentRevision()).toBe("0");
    });

    test.each([
      ["no type", { type: null }],
      ["no content type", { contentType: null }],
      ["an empty type", { type: "" }],
      ["the zero id", { id: uuid("00000000-0000-0000-0000-000000000000") }],
    ])("says that an event with %s is a bad request", async (_name, parts) => {
      batches.send(batch({ stream: newStream(), events: [proposed(parts)] }));
      expect((await one())?.getError()?.getCode()).toBe(3);
      expect((await one())?.getError()?.getMessage()).toBe("BadRequest");
      expect(errorName((await one()) as never)).toBe(`${TYPE_PREFIX}BadRequest`);
    });

    test.each([[""], ["$$"]])("refuses the stream name %j", async (stream) => {
      batches.send(batch({ stream }));
      expect((await one())?.hasError()).toBe(true);
    });

    test("answers the appends of one stream in the order in which they came", async () => {
      const stream = newStream();
      batches.send(...Array.from({ length: 200 }, () => batch({ stream })));
      const responses = await batches.until((all) => all.length === 200);
      expect(responses.map((response) => response.getSuccess()?.getCurrentRevision())).toEqual(
        responses.map((_, index) => String(index)),
      );
    });
  });
}
