import type { ReadReq, ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { Calls } from "../connection/call.ts";
import { eachOf } from "../each-of.ts";
import { isInvalidPosition } from "../explain.ts";
import type { AtPosition, StoredEvent } from "../types.ts";
import { eventIn, positionIn } from "./decode.ts";
import { lastRequest, nextRequest, streamRequest } from "./requests.ts";

export const readStream = async (calls: Calls, stream: string): Promise<StoredEvent[]> =>
  ((await framesOf(calls, streamRequest(stream))) ?? []).flatMap((frame) => eventIn(frame) ?? []);

/** Position of the last event in `$all`. */
export const readHead = async (calls: Calls): Promise<bigint | undefined> =>
  ((await framesOf(calls, lastRequest())) ?? []).map(positionIn).findLast((position) => position !== undefined);

export const readAt = async (calls: Calls, position: bigint): Promise<AtPosition> => {
  const frames = await framesOf(calls, nextRequest(position), isInvalidPosition);
  if (!frames) return { kind: "never" };
  const found = frames.find((frame) => positionIn(frame) === position);
  const id = found?.getEvent()?.getEvent()?.getId()?.getString();
  return id ? { kind: "event", id } : { kind: "gone" };
};

/** All frames of a limited read; undefined when it fails in the expected way. */
const framesOf = (
  calls: Calls,
  request: ReadReq,
  isExpected: (error: unknown) => boolean = () => false,
): Promise<ReadResp[] | undefined> =>
  calls.runAgain(async (node, leftMs) => {
    const frames: ReadResp[] = [];
    const reading = node.streams.read(request, node.metadata, { deadline: node.deadline(leftMs) });
    try {
      await eachOf(node.track(reading), (frame: ReadResp) => void frames.push(frame));
      return frames;
    } catch (error) {
      if (isExpected(error)) return undefined;
      throw error;
    }
  });
