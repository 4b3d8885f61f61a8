import type { StandInCluster } from "./types.ts";

/** What can be asked of a stand-in by name, with one number: a node's index, or milliseconds. */
export const COMMANDS = {
  kill: (cluster, index) => cluster.kill(index),
  stop: (cluster, index) => cluster.stop(index),
  start: (cluster, index) => cluster.start(index),
  freeze: (cluster, index) => cluster.freeze(index),
  thaw: (cluster, index) => cluster.thaw(index),
  "lead-nowhere": (cluster, index) => cluster.leadNowhere(index),
  disagree: (cluster, ms) => cluster.disagree(ms),
  "visible-after": (cluster, ms) => cluster.visibleAfter(ms),
  "answers-after": (cluster, ms) => cluster.answersAfter(ms),
} as const satisfies Record<string, (cluster: StandInCluster, number: number) => void | Promise<void>>;

export type CommandName = keyof typeof COMMANDS;

/** The answer to a command, which also says who leads and who has ended by itself. */
export interface Answer {
  readonly command: string;
  readonly error?: string;
  readonly leader: number | null;
  readonly endedByThemselves: readonly number[];
}

/** Carries out a line such as `kill 0`; any other, `state` for one, only asks how things are. */
export const obey = async (cluster: StandInCluster, line: string): Promise<Answer> => {
  const [name = "", number = ""] = line.trim().split(/\s+/);
  const state = () => ({
    command: line,
    leader: cluster.leader() ?? null,
    endedByThemselves: [...cluster.endedByThemselves],
  });
  if (!isCommand(name)) return state();
  if (!/^\d{1,9}$/.test(number)) return { ...state(), error: `${name} needs a number.` };
  try {
    await COMMANDS[name](cluster, Number(number));
    return state();
  } catch (error) {
    return { ...state(), error: error instanceof Error ? error.message : String(error) };
  }
};

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);
