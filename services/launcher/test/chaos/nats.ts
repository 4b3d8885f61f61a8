import type { Runtime } from "@touchline/service/runtime";
import type { SmallDisk } from "@touchline/testing";
import type { NatsCluster, NatsNode } from "@touchline/testing/stack";

export interface NatsStage {
  readonly nats: NatsCluster;
  /** The disk of its first server; undefined where this user may not mount one. */
  readonly disk: SmallDisk | undefined;
  readonly runtime: Runtime;
}

type NatsFault = (stage: NatsStage) => Promise<void>;

const AWAY_MS = 10_000;
/** Between two servers of a rolling restart, so that the first is in step again. */
const IN_STEP_MS = 5_000;

const any = ({ nats, runtime }: NatsStage): NatsNode =>
  nats.nodes[Math.floor(runtime.random() * nats.nodes.length)] as NatsNode;

const killed =
  (whom: (stage: NatsStage) => readonly NatsNode[]): NatsFault =>
  async (stage) => {
    const nodes = whom(stage);
    await Promise.all(nodes.map((node) => node.kill()));
    await stage.runtime.sleep(AWAY_MS / 2);
    await Promise.all(nodes.map((node) => node.start()));
  };

const between =
  (begin: (node: NatsNode) => void, end: (node: NatsNode) => void): NatsFault =>
  async (stage) => {
    const node = any(stage);
    begin(node);
    await stage.runtime.sleep(AWAY_MS);
    end(node);
  };

const restartedInTurn: NatsFault = async ({ nats, runtime }) => {
  for (const node of nats.nodes) {
    await node.stop();
    await node.start();
    await runtime.sleep(IN_STEP_MS);
  }
};

/** JetStream ends on a server whose disk is full. It comes back with a restart, once there is room. */
const diskFull: NatsFault = async ({ nats: { nodes }, disk, runtime }) => {
  disk?.fill();
  await runtime.sleep(AWAY_MS);
  disk?.makeRoom();
  await nodes[0]?.kill();
  await nodes[0]?.start();
};

export const natsFaults: Readonly<Record<string, NatsFault>> = {
  "a NATS server killed": killed((stage) => [any(stage)]),
  "NATS's quorum away": killed(({ nats }) => nats.nodes.slice(1)),
  "all NATS servers killed": killed(({ nats }) => nats.nodes),
  "a NATS server frozen": between(
    (node) => node.freeze(),
    (node) => node.thaw(),
  ),
  "a NATS server cut off from the others": between(
    (node) => node.cutOff(),
    (node) => node.join(),
  ),
  "NATS servers restarted in turn": restartedInTurn,
  "the disk of a NATS server full": diskFull,
};
