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
  /** The first leader, and the other nodes. */
  readonly leader: number;
  readonly one: number;
  readonly other: number;
  /** A client of one node. */
  readonly at: (index: number) => NodeClient;
  /** What a node says about `leader`, `one` and `other`, in this order; "silent" when it does not answer. */
  readonly gossip: (index: number) => Promise<readonly SeenMember[] | "silent">;
  /** What a node says about itself. */
  readonly stateOf: (index: number) => Promise<string>;
  /** Waits until an append through a node succeeds. */
  readonly untilAppends: (index: number) => Promise<void>;
}

interface Wanted {
  /** The stand-in multiplies its delays by this. */
  readonly pace?: number;
}

type Open<C extends Cluster> = (dataDir: string, pace: number) => Promise<C>;

const openStandIn: Open<StandInCluster> = (dataDir, pace) => startCluster({ runtime: systemRuntime(), dataDir, pace });

/** A real server's executable, used instead of the stand-in. */
const binary = process.env.EVENTSTORE_BIN;

const openAny: Open<Cluster> = (dataDir, pace) =>
  binary === undefined ? openStandIn(dataDir, pace) : startRealCluster({ runtime: systemRuntime(), dataDir, binary });

/** For what real servers cannot do on command: tested on the stand-in only. */
export const standInTest = test.skipIf(binary !== undefined);

/** The clusters of one test; they are removed however it ends. */
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
    // Servers list their members in any order.
    const gossip = async (index: number) => {
      const members = await heard(index);
      if (members === undefined) return "silent";
      return [leader, one, other].map((about) => members.find(({ port }) => port === ports[about]) as SeenMember);
    };
    return { cluster, leader, one, other, at, gossip, stateOf, untilAppends };
  };
};

const STEADY = ["Follower", "Follower", "Leader"];

/** Three nodes, of the stand-in or real. */
export const clusters = () => started(openAny);

export const standIns = () => started(openStandIn);

/** Generous, because a busy machine is slow and no test is about exact times. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 20 });

export { failure, newStream };
