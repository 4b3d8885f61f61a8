import type { Runtime } from "@touchline/service/runtime";
import { type Endpoint, showEndpoint } from "../address.ts";
import { NoLeader, worstOf } from "../explain.ts";
import { type Gossip, readGossip } from "../node/gossip.ts";
import type { StoreNode } from "../node/open.ts";
import { leaderOf, type Report } from "./leader.ts";

/** How to open a node, and how to find out why that failed. */
export interface Reach {
  open(endpoint: Endpoint): StoreNode;
  diagnose(error: unknown, endpoint: Endpoint): Promise<unknown>;
}

/** How long a node has to answer. */
const ANSWER_MS = 1_500;
/** How long to wait for the others once one node says that it leads: it may have been replaced without knowing. */
const GRACE_MS = 150;
/** More nodes than any cluster has. */
const ASKED_MAX = 16;

export interface Chosen {
  readonly node: StoreNode;
  /** The nodes named by gossip; they are asked next time too. */
  readonly named: readonly Endpoint[];
}

/**
 * Asks all hosts, and all nodes that they name, at the same time, and keeps the channel to the leader. If there is none, rejects
 * with the most specific failure.
 */
export const chooseNode = (
  hosts: readonly Endpoint[],
  reach: Reach,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Chosen> =>
  new Promise((resolve, reject) => {
    const opened = new Map<string, StoreNode>();
    const reports: Report[] = [];
    const failures: unknown[] = [];
    let pending = 0;
    let settled = false;
    let cancelGrace: (() => void) | undefined;

    const settle = () => {
      if (settled) return;
      settled = true;
      cancelGrace?.();
      signal.removeEventListener("abort", settle);
      const leader = signal.aborted ? undefined : leaderOf(reports);
      const node = leader && opened.get(showEndpoint(leader));
      for (const other of opened.values()) if (other !== node) other.close();
      if (node) resolve({ node, named: namedIn(reports) });
      else reject(reports.length > 0 ? new NoLeader() : worstOf(failures));
    };

    const consider = () => {
      if (pending === 0) settle();
      else if (!cancelGrace && leaderOf(reports)) cancelGrace = runtime.after(GRACE_MS, settle);
    };

    const ask = async (endpoint: Endpoint) => {
      const key = showEndpoint(endpoint);
      if (settled || opened.has(key) || opened.size >= ASKED_MAX) return;
      const node = reach.open(endpoint);
      opened.set(key, node);
      pending++;
      try {
        const gossip = await readGossip(node, ANSWER_MS);
        reports.push({ asked: endpoint, gossip });
        for (const other of namedIn([{ asked: endpoint, gossip }])) void ask(other);
      } catch (error) {
        failures.push(await reach.diagnose(error, endpoint));
      }
      pending--;
      consider();
    };

    if (signal.aborted) return settle();
    signal.addEventListener("abort", settle);
    for (const host of hosts) void ask(host);
  });

const namedIn = (reports: readonly Report[]): Endpoint[] =>
  reports.flatMap(({ gossip }) => membersOf(gossip).map((member) => member.endpoint));

/** A single node is used at the address we know it by. */
const membersOf = (gossip: Gossip) => (gossip === "untold" || gossip.length === 1 ? [] : gossip);
