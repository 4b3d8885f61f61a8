import type streams from "@eventstore/db-client/generated/streams_pb.js";
import { Fault } from "@touchline/contracts";
import type { Calls } from "../connection/call.ts";
import { eachOf } from "../each-of.ts";
import type { SubscribeOptions } from "../types.ts";
import { eventIn, holdsEvent, isTouchlines } from "./decode.ts";
import type { StoreNode } from "./open.ts";
import { subscriptionRequest } from "./requests.ts";

/** The server reports the end of a 64-bit range while it has no position yet. */
const NO_POSITION = 2n ** 63n;

export const subscribeTo = async (calls: Calls, options: SubscribeOptions): Promise<void> => {
  const { signal } = options;
  if (signal.aborted) return;
  try {
    await calls.run((node) => followOn(node, options), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  if (!signal.aborted) throw new Fault("event_store_unavailable", { detail: "The subscription ended." });
};

const followOn = async (node: StoreNode, options: SubscribeOptions): Promise<void> => {
  const { signal } = options;
  const frames = node.track(node.streams.read(subscriptionRequest(options), node.metadata));
  const cancel = () => frames.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await eachOf(frames, (frame: streams.ReadResp) => (signal.aborted ? undefined : take(frame, options)));
  } catch (error) {
    // A call that we cancelled ourselves is not a failure of the node.
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
    frames.cancel();
    frames.resume(); // Frames that have arrived must flow, or the call never ends.
  }
};

const take = (frame: streams.ReadResp, options: SubscribeOptions) => {
  const { types, onEvent, onSkipped, onCheckpoint, onCaughtUp } = options;
  if (frame.hasCaughtUp()) return onCaughtUp?.();
  const checkpoint = frame.getCheckpoint();
  if (checkpoint) {
    const position = BigInt(checkpoint.getCommitPosition());
    return position < NO_POSITION ? onCheckpoint?.(position) : undefined;
  }
  const event = eventIn(frame);
  if (!event || !isTouchlines(event)) {
    if (holdsEvent(frame)) onSkipped?.();
    return undefined;
  }
  // The server matches types by prefix.
  return !types || types.includes(event.type) ? onEvent(event) : undefined;
};
