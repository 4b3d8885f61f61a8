import type { Cluster, StandInCluster } from "./types.ts";

type Command<C extends Cluster> = (cluster: C, number: number) => void | Promise<void>;

/** Commands for real and stand-in nodes; each takes a node's index. */
const FAULTS = {
  kill: (cluster, index) => cluster.kill(index),
  stop: (cluster, index) => cluster.stop(index),
  start: (cluster, index) => cluster.start(index),
  freeze: (cluster, index) => cluster.freeze(index),
  thaw: (cluster, index) => cluster.thaw(index),
} as const satisfies Record<string, Command<Cluster>>;

/** Commands for the stand-in only; each takes a node's index, or milliseconds. */
const STAND_IN_FAULTS = {
  "lead-nowhere": (cluster, index) => cluster.leadNowhere(index),
  disagree: (cluster, ms) => cluster.disagree(ms),
  "visible-after": (cluster, ms) => cluster.visibleAfter(ms),
  "answers-after": (cluster, ms) => cluster.answersAfter(ms),
} as const satisfies Record<string, Command<StandInCluster>>;

export type CommandName = keyof typeof FAULTS | keyof typeof STAND_IN_FAULTS;

export const COMMANDS = [...Object.keys(FAULTS), ...Object.keys(STAND_IN_FAULTS)];

/** The answer to a command. It also says which node leads, and which have ended by themselves. */
export interface Answer {
  readonly command: string;
  readonly error?: string;
  readonly leader: number | null;
  readonly endedByThemselves: readonly number[];
}

/** Carries out a line such as `kill 0`. Any other line, such as `state`, only asks for the current state. */
export const obey = async (cluster: Cluster | StandInCluster, line: string): Promise<Answer> => {
  const [name = "", number = ""] = line.trim().split(/\s+/);
  let error: string | undefined;
  try {
    if (COMMANDS.includes(name)) await carryOut(cluster, name, number);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  return {
    command: line,
    ...(error !== undefined && { error }),
    leader: (await cluster.leader()) ?? null,
    endedByThemselves: [...cluster.endedByThemselves],
  };
};

const carryOut = async (cluster: Cluster | StandInCluster, name: string, number: string): Promise<void> => {
  if (!/^\d{1,9}$/.test(number)) throw new Error(`${name} needs a number.`);
  if (isNameIn(FAULTS, name)) return FAULTS[name](cluster, Number(number));
  if (!isNameIn(STAND_IN_FAULTS, name)) return;
  if (!isStandIn(cluster)) throw new Error(`Real nodes cannot do ${name}.`);
  STAND_IN_FAULTS[name](cluster, Number(number));
};

const isNameIn = <T extends object>(names: T, name: string): name is keyof T & string => Object.hasOwn(names, name);

const isStandIn = (cluster: Cluster | StandInCluster): cluster is StandInCluster => "leadNowhere" in cluster;
