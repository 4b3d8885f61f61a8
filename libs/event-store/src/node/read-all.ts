import type { Readable } from "node:stream";
import type streams from "@eventstore/db-client/generated/streams_pb.js";
import type { Calls } from "../connection/call.ts";
import type { EventStore, StoredEvent } from "../types.ts";
import { eventIn, isTouchlines } from "./decode.ts";
import { allRequest } from "./requests.ts";

/** Reads `$all` after a position, up to its present end. There is no time limit, because it may take long. */
export const readAllOf = async function* (
  calls: Calls,
  { after, prefixes }: NonNullable<Parameters<EventStore["readAll"]>[0]>,
): AsyncGenerator<StoredEvent> {
  const node = await calls.run(async (found) => found);
  const frames = node.track(node.streams.read(allRequest(after), node.metadata));
  try {
    // If the stream were destroyed, the end of its call would not be seen.
    const each = (frames as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<streams.ReadResp>;
    for await (const frame of each) {
      const event = eventIn(frame);
      // Forward reads of $all include the position that they start from.
      if (!event || event.position === after || !isTouchlines(event)) continue;
      if (!prefixes || prefixes.some((prefix) => event.stream.startsWith(prefix))) yield event;
    }
  } catch (error) {
    throw calls.failed(node, error);
  } finally {
    frames.cancel();
    frames.resume(); // Frames that have arrived must flow, or the call never ends.
  }
};
