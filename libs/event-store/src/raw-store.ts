import type { Readable } from "node:stream";
import type streams from "@eventstore/db-client/generated/streams_pb.js";
import { systemRuntime } from "@touchline/service/runtime";
import { parseAddress } from "./address.ts";
import { type Calls, callsOn } from "./connection/call.ts";
import { createConnection } from "./connection/connection.ts";
import { eachOf } from "./each-of.ts";
import { appendTo } from "./node/append.ts";
import { instant } from "./node/decode.ts";
import { allRequest, streamRequest } from "./node/requests.ts";

/** A stored event of any program, not decoded, upcast or filtered. */
export interface RawEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly created: Date;
  readonly position: bigint;
}

export type NewRawEvent = Pick<RawEvent, "id" | "type" | "contentType" | "data" | "metadata">;

/** A store, as seen by a program that copies it. Faults are thrown as `Fault`. */
export interface RawStore {
  /** Every event of `$all` in order, system events included. */
  events(): AsyncGenerator<RawEvent>;
  /** The events of one stream; none when the stream does not exist. */
  stream(name: string): Promise<RawEvent[]>;
  /** False when the stream does not end just before `revision`. A repeat with the same ids succeeds. */
  append(stream: string, revision: bigint, events: readonly NewRawEvent[]): Promise<boolean>;
  /** A stream's own metadata, such as `$tb`, below which its events are hidden. */
  setMetadata(stream: string, metadata: object): Promise<void>;
  close(): Promise<void>;
}

/** For operators' commands. Throws an `AddressError` when the URL is not an address. */
export const connectRawStore = (url: string, timeoutMs = 10_000): RawStore => {
  const runtime = systemRuntime();
  const connection = createConnection(parseAddress(url), runtime, { evenMoved: true });
  const calls = callsOn(connection, runtime, timeoutMs);
  return {
    events: () => readEvents(calls),
    stream: async (name) => {
      const found: RawEvent[] = [];
      await calls.run((node, leftMs) => {
        found.length = 0;
        const options = { deadline: node.deadline(leftMs) };
        return eachOf(node.track(node.streams.read(streamRequest(name), node.metadata, options)), (frame) => {
          const event = rawIn(frame as streams.ReadResp);
          if (event) found.push(event);
        });
      });
      return found;
    },
    append: async (stream, revision, events) => {
      const expected = revision === 0n ? "no_stream" : revision - 1n;
      const result = await calls.run((node, leftMs) => appendTo(node, { stream, events, expected }, leftMs));
      return result.ok;
    },
    setMetadata: async (stream, data) => {
      const event = { id: runtime.uuid(), type: "$metadata", data };
      await calls.run((node, leftMs) =>
        appendTo(node, { stream: `$$${stream}`, events: [event], expected: "any" }, leftMs),
      );
    },
    close: () => connection.close(),
  };
};

const readEvents = async function* (calls: Calls): AsyncGenerator<RawEvent> {
  const node = await calls.run(async (found) => found);
  const frames = node.track(node.streams.read(allRequest(undefined), node.metadata));
  try {
    const each = (frames as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<streams.ReadResp>;
    for await (const frame of each) {
      const event = rawIn(frame);
      if (event) yield event;
    }
  } catch (error) {
    throw calls.failed(node, error);
  } finally {
    frames.cancel();
    frames.resume(); // Frames that have arrived must flow, or the call never ends.
  }
};

const rawIn = (frame: streams.ReadResp): RawEvent | undefined => {
  const event = frame.getEvent()?.getEvent();
  if (!event) return undefined;
  const facts = event.getMetadataMap();
  return {
    stream: Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
    revision: BigInt(event.getStreamRevision()),
    id: event.getId()?.getString() ?? "",
    type: facts.get("type") ?? "",
    contentType: facts.get("content-type") ?? "application/octet-stream",
    data: event.getData_asU8(),
    metadata: event.getCustomMetadata_asU8(),
    created: instant(facts.get("created")),
    position: BigInt(event.getCommitPosition()),
  };
};
