import { status } from "@grpc/grpc-js";
import type { Runtime } from "@touchline/service/runtime";
import { codeOf, NoLeader } from "../explain.ts";
import { readGossip } from "../node/gossip.ts";
import type { StoreNode } from "../node/open.ts";
import { callsItselfLeader } from "./leader.ts";

const WATCH_MS = 1_000;
const ANSWER_MS = 1_000;
const SILENCES_MAX = 2;

/**
 * Asks a node every second whether it leads. Resolves with the reason to leave it: it no longer leads, it is silent, or its
 * connection broke. When a node stops or freezes, subscribers hear nothing for seconds, but its gossip shows it sooner. A node
 * that still answers other calls is only busy, and leaving it would make it busier.
 */
export const reasonToLeave = async (node: StoreNode, runtime: Runtime): Promise<unknown> => {
  for (let silences = 0; ; ) {
    // After a silence, ask again at once.
    if (silences === 0) await runtime.sleep(WATCH_MS, node.signal);
    try {
      const gossip = await readGossip(node, ANSWER_MS);
      silences = 0;
      if (!callsItselfLeader({ asked: node.endpoint, gossip })) return new NoLeader();
    } catch (error) {
      if (codeOf(error) !== status.DEADLINE_EXCEEDED) return error;
      silences = node.answeredAgoMs() < ANSWER_MS ? 0 : silences + 1;
      if (silences >= SILENCES_MAX) return error;
    }
  }
};
