import type { ReadReq, ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { Calls } from "../connection/call.ts";
import { eachOf } from "../each-of.ts";
import type { StoredEvent } from "../types.ts";
import { eventIn, positionIn } from "./decode.ts";
import { lastRequest, streamRequest } from "./requests.ts";

export const readStream = async (calls: Calls, stream: string): Promise<StoredEvent[]> =>
  (await framesOf(calls, streamRequest(stream))).flatMap((frame) => eventIn(frame) ?? []);

/** Position of the last event in `$all`. */
export const readHead = async (calls: Calls): Promise<bigint | undefined> =>
  (await framesOf(calls, lastRequest())).map(positionIn).findLast((position) => position !== undefined);

/** All that a bounded reading yields. */
const framesOf = (calls: Calls, request: ReadReq): Promise<ReadResp[]> =>
  calls.runAgain(async (node, leftMs) => {
    const frames: ReadResp[] = [];
    const reading = node.streams.read(request, node.metadata, { deadline: node.deadline(leftMs) });
    await eachOf(node.track(reading), (frame: ReadResp) => void frames.push(frame));
    return frames;
  });
