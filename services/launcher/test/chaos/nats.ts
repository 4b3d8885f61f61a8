import type { Runtime } from "@touchline/service/runtime";
import type { SmallDisk } from "@touchline/testing";
import type { NatsCluster, NatsNode } from "@touchline/testing/stack";

export interface NatsStage {
  readonly nats: NatsCluster;
  readonly runtime: Runtime;
}

type NatsFault = (stage: NatsStage) => Promise<void>;

const AWAY_MS = 10_000;
/** Long enough for messages to wait, and for the clients to try every server. */
const QUORUM_AWAY_MS = 20_000;
/** Between two servers of a rolling restart, so that the first is in step again. */
const IN_STEP_MS = 5_000;

const any = ({ nats, runtime }: NatsStage): NatsNode =>
  nats.nodes[Math.floor(runtime.random() * nats.nodes.length)] as NatsNode;

const allButOne = (stage: NatsStage): NatsNode[] => {
  const left = any(stage);
  return stage.nats.nodes.filter((node) => node !== left);
};

const killed =
  (whom: (stage: NatsStage) => readonly NatsNode[], awayMs: number): NatsFault =>
  async (stage) => {
    const nodes = whom(stage);
    try {
      await Promise.all(nodes.map((node) => node.kill()));
      await stage.runtime.sleep(awayMs);
    } finally {
      await Promise.all(nodes.map((node) => node.start()));
    }
  };

const between =
  (begin: (node: NatsNode) => void, end: (node: NatsNode) => void): NatsFault =>
  async (stage) => {
    const node = any(stage);
    begin(node);
    try {
      await stage.runtime.sleep(AWAY_MS);
    } finally {
      end(node);
    }
  };

const restartedInTurn: NatsFault = async ({ nats, runtime }) => {
  for (const node of nats.nodes) {
    await node.stop();
    await node.start();
    await runtime.sleep(IN_STEP_MS);
  }
};

/** As docs/runbooks/nats-cluster.md says: the server is stopped, which leaves two that can elect leaders. With room it is started again. */
const diskFull =
  (disk: SmallDisk): NatsFault =>
  async ({ nats: { nodes }, runtime }) => {
    disk.fill();
    try {
      await runtime.sleep(AWAY_MS);
      await nodes[0]?.kill();
      await runtime.sleep(AWAY_MS);
    } finally {
      disk.makeRoom();
      await nodes[0]?.start();
    }
  };

/** `disk` is that of the first server; a user who may not mount one leaves its fault out. */
export const natsFaults = (disk: SmallDisk | undefined): Readonly<Record<string, NatsFault>> => ({
  "a NATS server killed": killed((stage) => [any(stage)], AWAY_MS),
  "NATS's quorum away": killed(allButOne, QUORUM_AWAY_MS),
  "all NATS servers killed": killed(({ nats }) => nats.nodes, AWAY_MS / 2),
  "a NATS server frozen": between(
    (node) => node.freeze(),
    (node) => node.thaw(),
  ),
  "a NATS server cut off from the others": between(
    (node) => node.cutOff(),
    (node) => node.join(),
  ),
  "NATS servers restarted in turn": restartedInTurn,
  ...(disk && { "the disk of a NATS server full": diskFull(disk) }),
});
