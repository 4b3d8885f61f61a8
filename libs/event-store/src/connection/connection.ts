import { status } from "@grpc/grpc-js";
import { Fault } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import type { Endpoint, StoreAddress } from "../address.ts";
import { codeOf, explain, NoLeader } from "../explain.ts";
import { diagnose } from "../node/diagnose.ts";
import { readGossip } from "../node/gossip.ts";
import { openNode, type StoreNode } from "../node/open.ts";
import { readSecurity } from "../node/tls.ts";
import { chooseNode, type Reach } from "./choose.ts";
import { leadsByItsOwnWord } from "./leader.ts";
import { refuseMoved } from "./refuse-moved.ts";

/** The one connection of a process to the event store: a channel to the node that leads. */
export interface Connection {
  /**
   * The node in use; while there is none, the next one. Rejects with a `Fault` on an abort, or when there has been none for
   * that long.
   */
  node(withinMs: number, signal?: AbortSignal): Promise<StoreNode>;
  /** A call on this node failed, so that another one has to be chosen. Does nothing when that was noticed before. */
  leave(node: StoreNode, why: unknown): void;
  /** Why no node is in use; undefined while one is. */
  failure(): unknown;
  close(): Promise<void>;
}

const WATCH_MS = 1_000;
const WATCH_ANSWER_MS = 1_000;
const SILENCES_MAX = 2;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
const LEAST_WAIT_MS = 250;

export interface ConnectionOptions {
  /** Also a store that was moved to another one. */
  readonly evenMoved?: boolean;
}

export const createConnection = (
  address: StoreAddress,
  runtime: Runtime,
  { evenMoved = false }: ConnectionOptions = {},
): Connection => {
  const ending = new AbortController();
  const waiting = new Set<(node: StoreNode) => void>();
  let current: StoreNode | undefined;
  let failure: unknown = new NoLeader();
  /** Since when there has been no node. */
  let lostAt = runtime.monotonicMs();
  let named: readonly Endpoint[] = [];

  const tryOnce = async (): Promise<void> => {
    const security = await readSecurity(address);
    const reach: Reach = {
      open: (endpoint) => openNode(endpoint, address, security.credentials(endpoint), runtime),
      diagnose: (error, endpoint) => diagnose(error, endpoint, security.tls(endpoint)),
    };
    const chosen = await chooseNode([...address.hosts, ...named], reach, runtime, ending.signal);
    named = chosen.named;
    if (!evenMoved) await refuseMoved(chosen.node);
    current = chosen.node;
    failure = undefined;
    for (const take of waiting) take(current);
    waiting.clear();
    void watch(current);
  };

  const seek = async (): Promise<void> => {
    for (let tries = 0; !current && !ending.signal.aborted; tries++) {
      try {
        await tryOnce();
      } catch (error) {
        failure = error;
        const delay = Math.min(FIRST_RETRY_MS * 2 ** tries, LAST_RETRY_MS) * (0.5 + runtime.random() / 2);
        await runtime.sleep(delay, ending.signal);
      }
    }
  };

  const leave: Connection["leave"] = (node, why) => {
    if (node !== current) return;
    node.close();
    current = undefined;
    failure = why;
    lostAt = runtime.monotonicMs();
    seeking = seek();
  };

  /** A node that stops or freezes says nothing to its subscribers for seconds: its gossip shows it first. */
  const watch = async (node: StoreNode): Promise<void> => {
    for (let silences = 0; ; ) {
      // After a silence it is asked again at once.
      if (silences === 0) await runtime.sleep(WATCH_MS, node.signal);
      if (node !== current) return;
      try {
        const gossip = await readGossip(node, WATCH_ANSWER_MS);
        silences = 0;
        if (!leadsByItsOwnWord({ asked: node.endpoint, gossip })) leave(node, new NoLeader());
      } catch (error) {
        const silent = codeOf(error) === status.DEADLINE_EXCEEDED;
        if (!silent || ++silences >= SILENCES_MAX) leave(node, error);
      }
    }
  };

  const next = (withinMs: number, signal: AbortSignal): Promise<StoreNode> =>
    new Promise((resolve, reject) => {
      const finish = () => {
        cancel();
        waiting.delete(take);
        signal.removeEventListener("abort", giveUp);
      };
      const take = (node: StoreNode) => {
        finish();
        resolve(node);
      };
      const giveUp = () => {
        finish();
        reject(unavailable(failure));
      };
      // Calls wait out an election. In a longer outage they fail at once: parents get an answer, and nothing piles up.
      const leftMs = Math.max(withinMs - (runtime.monotonicMs() - lostAt), LEAST_WAIT_MS);
      const cancel = runtime.after(leftMs, giveUp);
      waiting.add(take);
      signal.addEventListener("abort", giveUp);
      if (signal.aborted) giveUp();
    });

  let seeking = seek();
  return {
    node: async (withinMs, signal) =>
      current ?? next(withinMs, signal ? AbortSignal.any([ending.signal, signal]) : ending.signal),
    leave,
    failure: () => failure,
    close: async () => {
      ending.abort();
      current?.close();
      current = undefined;
      await seeking;
    },
  };
};

/** The sentence goes with the fault: it is all that the log of a start that failed has to show. */
export const unavailable = (cause: unknown): Fault =>
  new Fault("event_store_unavailable", { cause, detail: explain(cause).sentence });
