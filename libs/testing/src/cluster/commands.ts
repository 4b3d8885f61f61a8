import type { Cluster, StandInCluster } from "./types.ts";

type Command<C extends Cluster> = (cluster: C, number: number) => void | Promise<void>;

/** What can be asked of any nodes by name, with a node's index. */
const FAULTS = {
  kill: (cluster, index) => cluster.kill(index),
  stop: (cluster, index) => cluster.stop(index),
  start: (cluster, index) => cluster.start(index),
  freeze: (cluster, index) => cluster.freeze(index),
  thaw: (cluster, index) => cluster.thaw(index),
} as const satisfies Record<string, Command<Cluster>>;

/** What only the stand-in does; with a node's index, or milliseconds. */
const TRICKS = {
  "lead-nowhere": (cluster, index) => cluster.leadNowhere(index),
  disagree: (cluster, ms) => cluster.disagree(ms),
  "visible-after": (cluster, ms) => cluster.visibleAfter(ms),
  "answers-after": (cluster, ms) => cluster.answersAfter(ms),
} as const satisfies Record<string, Command<StandInCluster>>;

export type CommandName = keyof typeof FAULTS | keyof typeof TRICKS;

export const COMMANDS = [...Object.keys(FAULTS), ...Object.keys(TRICKS)];

/** The answer to a command, which also says who leads and who has ended by itself. */
export interface Answer {
  readonly command: string;
  readonly error?: string;
  readonly leader: number | null;
  readonly endedByThemselves: readonly number[];
}

/** Carries out a line such as `kill 0`; any other, `state` for one, only asks how things are. */
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
  if (!isNameIn(TRICKS, name)) return;
  if (!isStandIn(cluster)) throw new Error(`Real nodes do not do ${name}.`);
  TRICKS[name](cluster, Number(number));
};

const isNameIn = <T extends object>(names: T, name: string): name is keyof T & string => Object.hasOwn(names, name);

const isStandIn = (cluster: Cluster | StandInCluster): cluster is StandInCluster => "leadNowhere" in cluster;
