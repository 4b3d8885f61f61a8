import type { MemoryNats } from "@touchline/messaging/memory";
import type { Clock } from "../machine/clock.ts";
import type { Dice, FaultKind } from "./faults.ts";
import type { History } from "./history.ts";
import type { Supervised } from "./supervisor.ts";

interface Outages {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly without: ReadonlySet<FaultKind>;
  /** What is down now. */
  readonly away: Set<string>;
  /** Called when something goes down or comes back. */
  readonly onChange: () => void;
  readonly nats: MemoryNats;
  readonly services: readonly Supervised[];
  readonly history: History;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How long each is down at most. */
const longestMs = {
  store: 30 * MINUTE_MS,
  nats: 30 * MINUTE_MS,
  edge: 5 * HOUR_MS,
  twilio: 2 * HOUR_MS,
  goCardless: HOUR_MS,
  line: 75_000,
} as const;

const LONGEST_PAUSE_MS = 10 * MINUTE_MS;

/** Every few hours something is down for a while, or a service is killed without warning. */
export const planOutages = (options: Outages): void => {
  const { dice, without, services } = options;
  if (!without.has("pauses"))
    nowAndThen(options, () => dice.pick(services).pause(dice.between(1_000, LONGEST_PAUSE_MS)));
  if (!without.has("clocks")) nowAndThen(options, () => dice.pick(services).setClock());
  if (without.has("outages")) return;
  nowAndThen(options, () => {
    const what = dice.pick(["store", "nats", "edge", "kill"] as const);
    if (what !== "kill") takeAway(what, options);
    else if (!without.has("crashes")) dice.pick(services).crash("killed");
  });
  // Separately, and often: most goes wrong when something changes while a text waits.
  nowAndThen(options, () => takeAway(dice.pick(["twilio", "twilio", "goCardless"] as const), options));
};

/**
 * The result is called before each attempt at a text. Now and then, the line then breaks in one direction: Twilio does what it is asked, but
 * neither its answers nor its callbacks arrive. That is over before the first look at its list.
 */
export const breakLine = (options: Omit<Outages, "services">): (() => void) => {
  const { dice, without } = options;
  const chance = without.has("outages") ? 0 : dice.pick([0, 0, 0.02, 0.1]);
  return () => {
    if (dice.hits(chance)) takeAway("line", options);
  };
};

const nowAndThen = ({ clock, dice }: Outages, happen: () => void): void => {
  const everyMs = dice.pick([8, 24, 72]) * HOUR_MS;
  const next = () =>
    clock.after(dice.between(MINUTE_MS, 2 * everyMs), () => {
      if (dice.isStopped()) return;
      next();
      happen();
    });
  next();
};

const takeAway = (what: keyof typeof longestMs, options: Omit<Outages, "services">): void => {
  const { clock, dice, away, onChange, nats, history } = options;
  if (away.has(what)) return;
  const change = (word: string) => {
    history.add("outage", `${what} is ${word}`);
    onChange();
  };
  away.add(what);
  if (what === "nats") nats.stop();
  change("away");
  clock.after(dice.between(1_000, longestMs[what]), () => {
    if (dice.isStopped()) return;
    away.delete(what);
    if (what === "nats") nats.start();
    change("back");
  });
};
