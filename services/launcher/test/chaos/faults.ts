import type { GoCardlessStandIn, TwilioStandIn } from "@touchline/sandbox";
import type { SmallDisk } from "@touchline/testing";
import type { LaunchedCluster } from "@touchline/testing/cluster";
import type { Instance } from "./instances.ts";
import { type NatsStage, natsFaults } from "./nats.ts";
import { PROVIDER_FAULTS } from "./providers.ts";
import { NATS_WAY_FAULTS, STORE_WAY_FAULTS } from "./ways.ts";

export interface Stage extends NatsStage {
  readonly cluster: LaunchedCluster;
  readonly instances: readonly Instance[];
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
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

const anyInstance = ({ instances, runtime }: Stage): Instance =>
  instances[Math.floor(runtime.random() * instances.length)] as Instance;

const serviceKilled: Fault = async (stage) => {
  await anyInstance(stage).kill();
  await stage.runtime.sleep(AWAY_MS);
};

const serviceFrozen: Fault = async (stage) => {
  const thaw = anyInstance(stage).freeze();
  await stage.runtime.sleep(AWAY_MS);
  thaw();
};

const CLOCK_STEPS_S = [30 * 3_600, 300, -300, -3_600];

const clockSteps: Fault = async (stage) => {
  const { clock } = anyInstance(stage);
  clock?.step(CLOCK_STEPS_S[Math.floor(stage.runtime.random() * CLOCK_STEPS_S.length)] ?? 0);
  await stage.runtime.sleep(AWAY_MS / 2);
  clock?.step(0);
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
  "a service frozen": serviceFrozen,
  ...NATS_WAY_FAULTS,
  ...PROVIDER_FAULTS,
};

const ON_THE_STAND_IN: Readonly<Record<string, Fault>> = {
  "connections lead nowhere": commanded("lead-nowhere", leader),
  "nodes disagree": commanded("disagree", async () => 2_000),
  "appends visible late": commanded("visible-after", async () => 500),
  ...STORE_WAY_FAULTS,
};

/** Real nodes of EVENTSTORE_BIN have fewer faults on command, and more of their own. */
export const faultsWith = (clocks: boolean, disk: SmallDisk | undefined): Readonly<Record<string, Fault>> => ({
  ...EVERYWHERE,
  ...natsFaults(disk),
  ...(process.env.EVENTSTORE_BIN === undefined && ON_THE_STAND_IN),
  ...(clocks && { "the clock of a service steps": clockSteps }),
});
