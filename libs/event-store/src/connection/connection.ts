import { Fault } from "@touchline/contracts";
import { type Backoff, backoffMs } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import type { Endpoint, StoreAddress } from "../address.ts";
import { explain, NoLeader } from "../explain.ts";
import { diagnose } from "../node/diagnose.ts";
import { openNode, type StoreNode } from "../node/open.ts";
import { readSecurity } from "../node/tls.ts";
import { chooseNode, type Reach } from "./choose.ts";
import { refuseMoved } from "./refuse-moved.ts";
import { createWaiting } from "./waiting.ts";
import { reasonToLeave } from "./watch.ts";

/** A process's only connection to the event store: a channel to the leader. */
export interface Connection {
  /**
   * Resolves with the node in use, or with the next one while there is none. Rejects with a `Fault` on an abort, or after `withinMs`
   * without a node.
   */
  node(withinMs: number, signal?: AbortSignal): Promise<StoreNode>;
  /** Reports that a call on this node failed, so that another must be chosen. Does nothing if that was already reported. */
  leave(node: StoreNode, why: unknown): void;
  /** Why there is no node in use; undefined while there is one. */
  failure(): unknown;
  close(): Promise<void>;
}

const RETRY: Backoff = { firstMs: 100, maxMs: 1_000 };
const LEAST_WAIT_MS = 250;

export interface ConnectionOptions {
  /** Also connects to a store that was moved to another. */
  readonly evenMoved?: boolean;
}

export const createConnection = (
  address: StoreAddress,
  runtime: Runtime,
  { evenMoved = false }: ConnectionOptions = {},
): Connection => {
  const ending = new AbortController();
  const waiting = createWaiting(runtime);
  let current: StoreNode | undefined;
  let failure: unknown = new NoLeader();
  /** Since when there has been no node. */
  let lostAt = runtime.monotonicMs();
  let named: readonly Endpoint[] = [];

  const use = (node: StoreNode): void => {
    // The connection was closed while the node was being chosen.
    if (ending.signal.aborted) {
      node.close();
      return;
    }
    current = node;
    failure = undefined;
    waiting.serve(node);
    void reasonToLeave(node, runtime).then((why) => leave(node, why));
  };

  const seek = async (): Promise<void> => {
    for (let tries = 1; !current && !ending.signal.aborted; tries++) {
      try {
        const reach = await reachOf(address, runtime);
        const chosen = await chooseNode([...address.hosts, ...named], reach, runtime, ending.signal);
        named = chosen.named;
        if (!evenMoved) await refuseMoved(chosen.node);
        use(chosen.node);
      } catch (error) {
        failure = error;
        await runtime.sleep(backoffMs(tries, RETRY, runtime.random), ending.signal);
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

  let seeking = seek();
  return {
    node: async (withinMs, signal) => {
      if (current) return current;
      // Calls wait out an election. In a longer outage they fail at once, so that parents get an answer and nothing piles up.
      const leftMs = Math.max(withinMs - (runtime.monotonicMs() - lostAt), LEAST_WAIT_MS);
      const either = signal ? AbortSignal.any([ending.signal, signal]) : ending.signal;
      const node = await waiting.next(leftMs, either);
      if (!node) throw unavailable(failure);
      return node;
    },
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

/** Reads the files that the address names again each time. */
const reachOf = async (address: StoreAddress, runtime: Runtime): Promise<Reach> => {
  const security = await readSecurity(address);
  return {
    open: (endpoint) => openNode(endpoint, address, security.credentials(endpoint), runtime),
    diagnose: (error, endpoint) => diagnose(error, endpoint, security.tls(endpoint)),
  };
};

/** Puts the explanation into the fault: the log of a failed start shows nothing else. */
export const unavailable = (cause: unknown): Fault =>
  new Fault("event_store_unavailable", { cause, detail: explain(cause).sentence });
