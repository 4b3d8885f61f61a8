import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { afterEach, expect, test } from "vitest";
import { type Cluster, type StandInCluster, startCluster, startRealCluster } from "../../src/cluster/index.ts";
import { clientOf, failure, newStream, type SeenMember } from "./client.ts";

export type NodeClient = ReturnType<typeof clientOf>;

export interface Started<C extends Cluster = Cluster> {
  readonly cluster: C;
  /** Where the leader is at first, and where the others. */
  readonly leader: number;
  readonly one: number;
  readonly other: number;
  /** A client of each node alone. */
  readonly at: (index: number) => NodeClient;
  /** What a node says of `leader`, `one` and `other`, in this order; "silent" when it does not answer. */
  readonly gossip: (index: number) => Promise<readonly SeenMember[] | "silent">;
  /** What a node says of itself. */
  readonly stateOf: (index: number) => Promise<string>;
  /** Waits until an append through a node is answered well. */
  readonly untilAppends: (index: number) => Promise<void>;
}

interface Wanted {
  /** What the stand-in multiplies its delays by. */
  readonly pace?: number;
}

type Open<C extends Cluster> = (dataDir: string, pace: number) => Promise<C>;

const openStandIn: Open<StandInCluster> = (dataDir, pace) => startCluster({ runtime: systemRuntime(), dataDir, pace });

/** A server's executable, which takes the place of the stand-in. */
const binary = process.env.EVENTSTORE_BIN;

const openAny: Open<Cluster> = (dataDir, pace) =>
  binary === undefined ? openStandIn(dataDir, pace) : startRealCluster({ runtime: systemRuntime(), dataDir, binary });

/** What real servers do not do on command is tested on the stand-in only. */
export const standInTest = test.skipIf(binary !== undefined);

/** Clusters of one test, which are gone after it however it ends. */
const started = <C extends Cluster>(open: Open<C>) => {
  const closing: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  return async ({ pace = 0.3 }: Wanted = {}): Promise<Started<C>> => {
    const dataDir = mkdtempSync(join(tmpdir(), "touchline-cluster-"));
    closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const cluster = await open(dataDir, pace);
    closing.push(() => cluster.close());
    const clients = cluster.nodes.map(({ url }) => clientOf(url));
    closing.push(() => {
      for (const client of clients) client.close();
    });
    const at = (index: number) => clients[index] as NodeClient;
    const ports = cluster.nodes.map(({ url }) => Number(/:(\d+)\?/.exec(url)?.[1]));
    const heard = (index: number) =>
      at(index)
        .readGossip(500)
        .catch(() => undefined);
    const stateOf = async (index: number) => {
      const members = await heard(index);
      return members?.find(({ port }) => port === ports[index])?.state ?? "silent";
    };
    const untilAppends = async (index: number) => {
      await eventually(() =>
        at(index)
          .append(newStream(), { ms: 500 })
          .catch(({ details }) => details),
      ).toBe("0");
    };
    await eventually(async () => (await Promise.all([0, 1, 2].map(stateOf))).sort()).toEqual(STEADY);
    const states = await Promise.all([0, 1, 2].map(stateOf));
    const leader = states.indexOf("Leader");
    const [one, other] = [0, 1, 2].filter((index) => index !== leader) as [number, number];
    // Servers name their members in any order.
    const gossip = async (index: number) => {
      const members = await heard(index);
      if (members === undefined) return "silent";
      return [leader, one, other].map((about) => members.find(({ port }) => port === ports[about]) as SeenMember);
    };
    return { cluster, leader, one, other, at, gossip, stateOf, untilAppends };
  };
};

const STEADY = ["Follower", "Follower", "Leader"];

/** Three nodes: the stand-in's, or real ones. */
export const clusters = () => started(openAny);

export const standIns = () => started(openStandIn);

/** A busy machine is slow; nothing here is about how long exactly. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 20 });

export { failure, newStream };
