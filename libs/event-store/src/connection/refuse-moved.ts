import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import { MOVED_STREAM } from "@touchline/contracts";
import { eachOf } from "../each-of.ts";
import { StoreWasMoved } from "../explain.ts";
import { eventIn } from "../node/decode.ts";
import type { StoreNode } from "../node/open.ts";
import { streamRequest } from "../node/requests.ts";

const ANSWER_MS = 1_500;

/** Closes the node and throws if its store was moved to another: what it has is an old copy. */
export const refuseMoved = async (node: StoreNode): Promise<void> => {
  let to: string | undefined;
  try {
    const options = { deadline: node.deadline(ANSWER_MS) };
    await eachOf(
      node.track(node.streams.read(streamRequest(MOVED_STREAM), node.metadata, options)),
      (frame: ReadResp) => {
        const data = eventIn(frame)?.data as { to?: string } | undefined;
        to ??= data?.to;
      },
    );
  } catch {
    // If the node does not answer, later calls will notice.
  }
  if (to === undefined) return;
  node.close();
  throw new StoreWasMoved(to);
};
