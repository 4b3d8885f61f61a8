import type { Random } from "@touchline/sandbox";

/** Which kinds of faults there are; a failure is shrunk by leaving some out. */
export const faultKinds = [
  "crashes",
  "store",
  "nats",
  "providers",
  "deliveries",
  "banks",
  "outages",
  "clocks",
  "pauses",
  "instances",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How likely each is, per call. */
export interface Odds {
  readonly crash: number;
  readonly store: number;
  readonly nats: number;
}

export interface Dice {
  readonly random: Random;
  /** Whether something with this chance happens now; never, once faults have stopped. */
  readonly hits: (chance: number) => boolean;
  readonly between: (from: number, to: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** From now on nothing goes wrong by itself. */
  readonly stop: () => void;
  readonly isStopped: () => boolean;
}

export const createDice = (random: Random): Dice => {
  let stopped = false;
  return {
    random,
    hits: (chance) => !stopped && chance > 0 && random() < chance,
    between: (from, to) => Math.floor(from + random() * (to - from)),
    pick: (from) => from[Math.floor(random() * from.length)] as (typeof from)[number],
    stop: () => {
      stopped = true;
    },
    isStopped: () => stopped,
  };
};

/** Some seeds are calm and others wild, so that rare faults are also met alone. */
export const oddsOf = (dice: Dice, without: ReadonlySet<FaultKind>): Odds => {
  const of = (kind: FaultKind, levels: readonly number[]) => {
    const level = dice.pick(levels);
    return without.has(kind) ? 0 : level;
  };
  return {
    crash: of("crashes", [0, 0.0002, 0.002, 0.01]),
    store: of("store", [0, 0.001, 0.01, 0.05]),
    nats: of("nats", [0, 0.001, 0.01, 0.05]),
  };
};
