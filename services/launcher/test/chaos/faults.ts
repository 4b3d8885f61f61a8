import type { Runtime } from "@touchline/service/runtime";
import type { LaunchedCluster } from "@touchline/testing/cluster";
import type { Instance } from "./instances.ts";

export interface Stage {
  readonly cluster: LaunchedCluster;
  readonly instances: readonly Instance[];
  readonly runtime: Runtime;
}

/** Does its worst, waits, and puts everything back. */
export type Fault = (stage: Stage) => Promise<void>;

const AWAY_MS = 10_000;
const STOPS_WITHIN_MS = 9_000;
const NODES = [0, 1, 2];

const leader = async ({ cluster }: Stage): Promise<number> => (await cluster.state()).leader ?? 0;

const follower = async (stage: Stage): Promise<number> => {
  const leading = await leader(stage);
  const others = NODES.filter((index) => index !== leading);
  return others[Math.floor(stage.runtime.random() * others.length)] as number;
};

/** Nodes that have ended are started again, as a supervisor does. */
const startAll = async ({ cluster }: Stage): Promise<void> => {
  for (const index of NODES) await cluster.command("start", index);
};

const killed =
  (whom: (stage: Stage) => Promise<readonly number[]>): Fault =>
  async (stage) => {
    for (const index of await whom(stage)) await stage.cluster.command("kill", index);
    await stage.runtime.sleep(AWAY_MS);
    await startAll(stage);
  };

const stopped =
  (whom: (stage: Stage) => Promise<number>): Fault =>
  async (stage) => {
    await stage.cluster.command("stop", await whom(stage));
    await stage.runtime.sleep(STOPS_WITHIN_MS);
    await startAll(stage);
  };

const frozen =
  (whom: (stage: Stage) => Promise<number>): Fault =>
  async (stage) => {
    const index = await whom(stage);
    await stage.cluster.command("freeze", index);
    await stage.runtime.sleep(AWAY_MS);
    await stage.cluster.command("thaw", index);
    // A leader that was replaced ends half a second later.
    await stage.runtime.sleep(1_000);
    await startAll(stage);
  };

const commanded =
  (command: "lead-nowhere" | "disagree" | "visible-after", number: (stage: Stage) => Promise<number>): Fault =>
  async (stage) => {
    await stage.cluster.command(command, await number(stage));
    await stage.runtime.sleep(AWAY_MS);
    if (command === "visible-after") await stage.cluster.command(command, 0);
  };

const serviceKilled: Fault = async ({ instances, runtime }) => {
  await instances[Math.floor(runtime.random() * instances.length)]?.kill();
  await runtime.sleep(AWAY_MS);
};

const EVERYWHERE: Readonly<Record<string, Fault>> = {
  "leader killed": killed(async (stage) => [await leader(stage)]),
  "follower killed": killed(async (stage) => [await follower(stage)]),
  "leader stopped in order": stopped(leader),
  "follower stopped in order": stopped(follower),
  "leader frozen": frozen(leader),
  "follower frozen": frozen(follower),
  "quorum away": killed(async (stage) => {
    const leading = await leader(stage);
    return NODES.filter((index) => index !== leading);
  }),
  "all nodes away": killed(async () => NODES),
  "a service killed": serviceKilled,
};

const ON_THE_STAND_IN: Readonly<Record<string, Fault>> = {
  "connections lead nowhere": commanded("lead-nowhere", leader),
  "nodes disagree": commanded("disagree", async () => 2_000),
  "appends visible late": commanded("visible-after", async () => 500),
};

/** Real nodes of EVENTSTORE_BIN have fewer faults on command, and more of their own. */
export const FAULTS = process.env.EVENTSTORE_BIN === undefined ? { ...EVERYWHERE, ...ON_THE_STAND_IN } : EVERYWHERE;
