import { type EventStore, type Member, openStore, type Role } from "@touchline/embedded/server";
import type { Runtime } from "@touchline/service";
import { DELAYS } from "./delays.ts";
import { ClusterNode } from "./node.ts";
import type { WritePath } from "./node-store.ts";
import { createReplication } from "./replication.ts";
import { createScript, paced, type Step } from "./timeline.ts";
import type { StandInCluster } from "./types.ts";

export interface ClusterOptions {
  readonly runtime: Runtime;
  readonly dataDir: string;
  readonly size?: number;
  /** All delays are multiplied by this; 1 is the speed of real servers. */
  readonly pace?: number;
}

/** How the nodes lost their leader, which decides how soon they notice. */
type LossOfLeader = "killed" | "stopping" | "frozen";

const ELECTION: Readonly<Record<LossOfLeader, { noticed: number; preLeader: number; elected: number }>> = {
  killed: {
    noticed: DELAYS.killedNoticed,
    preLeader: DELAYS.killedPreLeader,
    elected: DELAYS.killedElected,
  },
  stopping: {
    noticed: DELAYS.stoppingSilent,
    preLeader: DELAYS.stoppingSilent,
    elected: DELAYS.stoppingElected,
  },
  frozen: {
    noticed: DELAYS.frozenNoticed,
    preLeader: DELAYS.frozenPreLeader,
    elected: DELAYS.frozenElected,
  },
};

/** Several nodes over one embedded store, which do on command what real nodes have been seen to do. */
export const startCluster = async (options: ClusterOptions): Promise<StandInCluster> => {
  const replication = createReplication(options.runtime);
  const store = await openStore({
    folder: options.dataDir,
    fatal: (error) => {
      throw error;
    },
    warn: () => {},
    replicate: replication.replicate,
  });
  const cluster = new Cluster(store, options, replication);
  await cluster.startAll();
  return cluster;
};

class Cluster implements StandInCluster {
  readonly nodes: readonly ClusterNode[];
  private readonly store: EventStore;
  private readonly replication: ReturnType<typeof createReplication>;
  private readonly after: ReturnType<typeof paced>;
  private readonly script: ReturnType<typeof createScript>;
  private readonly runtime: Runtime;
  /** The node that the others believe is the leader; undefined during an election. */
  private leading: ClusterNode | undefined;
  private electing = false;
  private readonly calledDead = new Set<ClusterNode>();
  /** What a node says about another, where the other would disagree. */
  private claims: { by: ClusterNode; about: ClusterNode; role: Role }[] = [];
  readonly endedByThemselves: number[] = [];

  constructor(
    store: EventStore,
    { runtime, size = 3, pace = 1 }: ClusterOptions,
    replication: ReturnType<typeof createReplication>,
  ) {
    this.store = store;
    this.replication = replication;
    this.runtime = runtime;
    this.after = paced(runtime, pace);
    this.script = createScript(this.after);
    this.nodes = Array.from(
      { length: size },
      () =>
        new ClusterNode({
          store,
          runtime,
          after: this.after,
          members: (node) => this.membersAsSeenBy(node),
          writePath: (node) => this.writePath(node),
          leaderOf: () => this.leading,
          onEnded: (node) => {
            this.endedByThemselves.push(this.nodes.indexOf(node));
            this.lost(node);
          },
        }),
    );
  }

  get url(): string {
    return `esdb://${this.nodes.map(({ endPoint: { host, port } }) => `${host}:${port}`).join(",")}?tls=false`;
  }

  leader(): number | undefined {
    const index = this.nodes.findIndex(({ life, role }) => life === "up" && role === "Leader");
    return index < 0 ? undefined : index;
  }

  async startAll(): Promise<void> {
    for (const node of this.nodes) await node.start();
    this.lead(this.nodes[0] as ClusterNode);
  }

  async kill(index: number): Promise<void> {
    const node = this.at(index);
    const killed = node.kill();
    this.lost(node);
    await killed;
  }

  stop(index: number): void {
    const node = this.at(index);
    node.stop();
    this.lost(node);
  }

  freeze(index: number): void {
    const node = this.at(index);
    node.freeze();
    this.lost(node);
  }

  thaw(index: number): void {
    const node = this.at(index);
    if (node.life !== "frozen") return;
    node.thaw();
    const replaced = this.leading === undefined ? this.electing : this.leading !== node;
    if (node.role === "Leader" && replaced) node.depose();
    else this.returned(node);
  }

  async start(index: number): Promise<void> {
    const node = this.at(index);
    if (node.life !== "down") return;
    if (this.leading === node) this.leading = undefined;
    node.role = this.leading === undefined ? "Manager" : "DiscoverLeader";
    await node.start();
    this.returned(node);
  }

  leadNowhere(index: number): void {
    this.at(index).leadNowhere();
  }

  disagree(ms: number): void {
    const [by, about] = this.able().filter((node) => node !== this.leading);
    if (by === undefined || about === undefined) return;
    this.claims = [{ by, about, role: "Leader" }];
    if (this.leading) this.claims.push({ by, about: this.leading, role: "Follower" });
    const agree = () => {
      this.claims = [];
    };
    this.runtime.after(ms, agree, { unref: true });
  }

  visibleAfter(ms: number): void {
    this.replication.delayBy(ms);
  }

  answersAfter(ms: number): void {
    for (const node of this.nodes) node.answersLateMs = ms;
  }

  async close(): Promise<void> {
    this.script.cancel();
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.replication.setQuorum(true);
    this.replication.delayBy(0);
    await this.store.close();
  }

  private at(index: number): ClusterNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`There is no node ${index}.`);
    return node;
  }

  /** The nodes that can hear each other. */
  private able(): ClusterNode[] {
    return this.nodes.filter((node) => node.life === "up" && !this.isDeposed(node));
  }

  private isDeposed(node: ClusterNode): boolean {
    return node.role === "Leader" && this.leading !== node && this.leading !== undefined;
  }

  private hasQuorum(): boolean {
    return this.able().length > this.nodes.length / 2;
  }

  private writePath(node: ClusterNode): WritePath {
    if (node.life !== "up" || this.isDeposed(node)) return "hang";
    if (node.role === "Leader") return this.hasQuorum() ? "commit" : "commit without quorum";
    if (node.role !== "Follower") return "not ready";
    // Followers pass appends on to the leader that they know, and wait for its answer.
    return this.leading?.life === "up" && this.hasQuorum() ? "commit" : "hang";
  }

  private membersAsSeenBy(node: ClusterNode): Member[] {
    return this.nodes.map((other) => {
      const claim = this.claims.find(({ by, about }) => by === node && about === other);
      // A deposed leader has not yet heard of the election.
      const role = this.isDeposed(node) && other !== node ? "Follower" : other.role;
      const { instanceId, endPoint } = other;
      return { instanceId, endPoint, role: claim?.role ?? role, alive: other === node || !this.calledDead.has(other) };
    });
  }

  /** A node has become unreachable, in one of several ways. */
  private lost(node: ClusterNode): void {
    this.replication.setQuorum(this.hasQuorum());
    const cause = node.life === "down" ? "killed" : node.life === "frozen" ? "frozen" : "stopping";
    this.after(ELECTION[cause].noticed, () => this.callDead(node));
    if (this.leading?.life === "up") {
      if (!this.hasQuorum()) this.script.play([[DELAYS.lonelyLeader, () => this.giveUpLeading()]]);
      return;
    }
    this.script.play(this.election(cause));
  }

  private callDead(node: ClusterNode): void {
    if (node.life !== "up") this.calledDead.add(node);
  }

  private giveUpLeading(): void {
    this.leading = undefined;
    for (const node of this.able()) node.role = "Unknown";
  }

  private election(cause: LossOfLeader): Step[] {
    const { noticed, preLeader, elected } = ELECTION[cause];
    const [next] = this.able();
    this.electing = next !== undefined && this.hasQuorum();
    if (next === undefined || !this.electing) return [[noticed, () => this.giveUpLeading()]];
    return [
      [noticed, () => this.giveUpLeading()],
      [preLeader, () => this.prepareFor(next)],
      [elected, () => this.lead(next)],
    ];
  }

  private prepareFor(next: ClusterNode): void {
    for (const node of this.able()) node.role = node === next ? "PreLeader" : "PreReplica";
  }

  private lead(next: ClusterNode): void {
    this.leading = next;
    this.electing = false;
    this.claims = [];
    for (const node of this.able()) node.role = node === next ? "Leader" : "Follower";
    this.replication.setQuorum(this.hasQuorum());
  }

  private returned(node: ClusterNode): void {
    this.calledDead.delete(node);
    const { leading } = this;
    if (leading?.life === "up") {
      // A leader that was about to give up for lack of followers goes on leading.
      if (this.hasQuorum()) this.script.cancel();
      this.after(DELAYS.followsAfter, () => {
        if (node.life === "up" && node !== this.leading && this.leading !== undefined) node.role = "Follower";
        this.replication.setQuorum(this.hasQuorum());
      });
      return;
    }
    if (this.electing) return;
    // A node that never left may have events that others lack, so it leads.
    const next = this.able().find((one) => one !== node);
    if (next === undefined || !this.hasQuorum()) return;
    this.electing = true;
    this.script.play(this.returnToQuorum(next));
  }

  private returnToQuorum(next: ClusterNode): Step[] {
    const others = () => this.able().filter((node) => node !== next);
    return [
      [DELAYS.returnDiscover, () => this.setRoles("DiscoverLeader")],
      [DELAYS.returnUnknown, () => this.setRoles("Unknown")],
      [
        DELAYS.returnPreLeader,
        () => {
          this.prepareFor(next);
          // The others call it leader before it does.
          this.claims = others().map((by) => ({ by, about: next, role: "Leader" as const }));
        },
      ],
      [DELAYS.returnElected, () => this.lead(next)],
    ];
  }

  private setRoles(role: Role): void {
    for (const node of this.able()) node.role = role;
  }
}
