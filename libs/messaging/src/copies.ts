import { Fault } from "@touchline/contracts";
import type { Messaging } from "./connection.ts";
import { apiErrorCode, STREAM_NOT_FOUND } from "./streams.ts";

export interface StreamCopies {
  readonly stream: string;
  readonly copies: number;
  /** Copies that have everything the leader has, including the leader's own. */
  readonly inStep: number;
  /** Undefined on a single server, and during an election. */
  readonly leader: string | undefined;
}

/** The copies of those streams that exist. Throws `Fault`. */
export const streamCopies = async ({ jsm }: Messaging, names: readonly string[]): Promise<StreamCopies[]> => {
  const found = await Promise.all(
    names.map((name) =>
      jsm.streams.info(name).catch((error: unknown) => {
        if (apiErrorCode(error) === STREAM_NOT_FOUND) return undefined;
        throw new Fault("nats_unavailable", { cause: error });
      }),
    ),
  );
  return found
    .filter((info) => info !== undefined)
    .map(({ config, cluster }) => ({
      stream: config.name,
      copies: config.num_replicas ?? 1,
      inStep: 1 + (cluster?.replicas ?? []).filter(({ current, offline }) => current && !offline).length,
      leader: cluster?.leader,
    }));
};

/** Changes a stream's number of copies; its consumers have as many. Resolves with why NATS refuses, or undefined when done. Throws `Fault`. */
export const changeCopies = async ({ jsm }: Messaging, name: string, copies: number): Promise<string | undefined> => {
  try {
    const { config } = await jsm.streams.info(name);
    await jsm.streams.update(name, { ...config, num_replicas: copies });
    return undefined;
  } catch (error) {
    if (apiErrorCode(error) === undefined) throw new Fault("nats_unavailable", { cause: error });
    return error instanceof Error ? error.message : String(error);
  }
};
