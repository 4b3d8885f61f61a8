import { streams } from "@touchline/contracts";
import { type Runtime, withTimeout } from "@touchline/service";
import type { ClusterState, JetStreamAdmin } from "./client.ts";
import { apiErrorCode, CONSUMER_NOT_FOUND, STREAM_NOT_FOUND } from "./streams.ts";

/** A stream that a service uses, and its consumer there. */
export interface Need {
  readonly stream: string;
  readonly durable?: string;
}

export interface Needs {
  readonly add: (need: Need) => void;
  /** What JetStream fails to provide, each with its reason; undefined when all is well. */
  fault(): Promise<string | undefined>;
}

/** Shorter than a health check may take, so that the silent one is named. */
const ANSWER_MS = 1_500;

/** Checks that all needed streams and consumers exist, have a leader and answer. A connected server may do none of this. */
export const createNeeds = (jsm: JetStreamAdmin, runtime: Pick<Runtime, "after">): Needs => {
  // Every consumer parks messages that it cannot handle.
  const names = new Map<string, Set<string>>([[streams.deadLetters, new Set()]]);
  const look = async (what: string, asked: Promise<Answered>): Promise<string | undefined> => {
    try {
      const answered = await withTimeout(asked, ANSWER_MS, () => undefined, runtime);
      if (!answered) return `${what} does not answer`;
      return answered.cluster && !answered.cluster.leader ? `${what} has no leader` : undefined;
    } catch (error) {
      return missing.has(apiErrorCode(error) ?? 0) ? `${what} does not exist` : `${what}: ${String(error)}`;
    }
  };
  return {
    add: ({ stream, durable }) => {
      const durables = names.get(stream) ?? new Set();
      if (durable) durables.add(durable);
      names.set(stream, durables);
    },
    fault: async () => {
      const looks = [...names].flatMap(([stream, durables]) => [
        look(`stream ${stream}`, jsm.streams.info(stream)),
        ...[...durables].map((durable) => look(`consumer ${durable}`, jsm.consumers.info(stream, durable))),
      ]);
      const faults = (await Promise.all(looks)).filter((fault) => fault !== undefined);
      return faults.length > 0 ? faults.join("; ") : undefined;
    },
  };
};

interface Answered {
  readonly cluster?: ClusterState;
}

const missing: ReadonlySet<number> = new Set([STREAM_NOT_FOUND, CONSUMER_NOT_FOUND]);
