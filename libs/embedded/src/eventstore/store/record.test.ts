import streams from "@eventstore/db-client/generated/streams_pb.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, idIn, namesIn, partsIn, recordIn, TOMBSTONE } from "./record.ts";

const record = fc.record({
  id: fc.uuid(),
  stream: fc.string({ unit: "grapheme" }).map((name) => Buffer.from(name)),
  revision: fc.oneof(fc.maxSafeNat(), fc.constant(TOMBSTONE)),
  position: fc.maxSafeNat(),
  type: fc.string({ unit: "grapheme" }),
  json: fc.boolean(),
  createdMs: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
  customMetadata: fc.uint8Array(),
  data: fc.uint8Array({ maxLength: 500 }),
});

test("the generated classes can read a stored frame, whatever the event", () => {
  fc.assert(
    fc.property(record, (event) => {
      const frame = encodeFrame(event);
      const read = streams.ReadResp.deserializeBinary(frame).getEvent();
      const recorded = read?.getEvent();
      const revision = event.revision === TOMBSTONE ? 2n ** 63n - 1n : BigInt(event.revision);
      expect(recorded?.getId()?.getString()).toBe(event.id);
      expect(Buffer.from(recorded?.getStreamIdentifier()?.getStreamName_asU8() ?? [])).toEqual(event.stream);
      expect(recorded?.getStreamRevision()).toBe(revision.toString());
      expect(recorded?.getPreparePosition()).toBe(String(event.position));
      expect(recorded?.getCommitPosition()).toBe(String(event.position));
      expect(read?.getCommitPosition()).toBe(String(event.position));
      expect(Object.fromEntries(recorded?.getMetadataMap().getEntryList() ?? [])).toEqual({
        type: event.type,
        created: `${event.createdMs}0000`,
        "content-type": event.json ? "application/json" : "application/octet-stream",
      });
      expect(Buffer.from(recorded?.getCustomMetadata_asU8() ?? [])).toEqual(Buffer.from(event.customMetadata));
      expect(Buffer.from(recorded?.getData_asU8() ?? [])).toEqual(Buffer.from(event.data));
    }),
  );
});

test("values written into a frame can be read from it", () => {
  fc.assert(
    fc.property(record, (event) => {
      const frame = encodeFrame(event);
      const { stream, type, revision, position, json } = event;
      expect(idIn(recordIn(frame))).toBe(event.id);
      expect(namesIn(frame)).toEqual({ stream: stream.toString(), type });
      expect(partsIn(frame)).toMatchObject({ stream: stream.toString(), type, revision, position, json });
      expect(partsIn(frame).data).toEqual(Buffer.from(event.data));
    }),
  );
});
