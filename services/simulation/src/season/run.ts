import { BusyError } from "../machine/clock.ts";
import type { Machine } from "../machine/machine.ts";
import type { FaultKind } from "../world/faults.ts";
import { createWorld, type World } from "../world/world.ts";
import { collectDaily } from "./bank.ts";
import { live } from "./family.ts";
import { checkAll, checkAlways, checkViews } from "./invariants.ts";
import { drawFamilies } from "./life.ts";
import type { Span } from "./span.ts";

export interface Season {
  readonly seed: number;
  readonly span: Span;
  readonly families: number;
  /** Only these of them, by their place; all when absent. */
  readonly only?: readonly number[] | undefined;
  readonly without: ReadonlySet<FaultKind>;
}

export interface Outcome {
  /** What was found wrong, in sentences that begin with the invariant's name. */
  readonly violations: readonly string[];
  readonly lines: readonly string[];
  readonly digest: string;
}

const DAY_MS = 86_400_000;

/** Plays one seed. The same seed always plays the same. */
export const playSeason = async (
  begin: (seed: number, startMs: number) => Machine,
  { seed, span, families: count, only, without }: Season,
  /** Looks at the log of the run before it is forgotten. */
  onEnd?: (store: World["store"]) => Promise<void>,
): Promise<Outcome> => {
  const machine = begin(seed, span.startMs);
  const { clock } = machine;
  const world = await advanceUntil(machine, createWorld(machine, { seed, without }));
  const end = (violations: readonly string[]): Outcome => {
    for (const violation of violations) world.history.add("VIOLATION", violation);
    return { violations, lines: world.history.lines, digest: world.history.digest() };
  };
  try {
    const all = drawFamilies(world.lives, span, count);
    const families = all.filter((_, index) => only?.includes(index) ?? true);
    const numbers = new Map<string, string>();
    const gateway = await advanceUntil(machine, connectGateway(world));
    for (const family of families) live(family, { world, gateway, numbers });
    collectDaily(world);
    const found = { world, families, numbers, gateway };
    for (let day = span.checkDays; day < span.livelyDays + span.checkDays; day += span.checkDays) {
      await clock.runUntil(span.startMs + Math.min(day, span.livelyDays) * DAY_MS);
      const violations = await advanceUntil(machine, checkAlways(found));
      // The log then ends on the day on which it happened.
      if (violations.length > 0) return end(violations);
    }
    world.history.add("simulation", "faults stop");
    world.calm();
    clock.stir();
    await clock.runUntil(span.startMs + span.days * DAY_MS);
    const violations = await advanceUntil(machine, checkAll(found));
    violations.push(...(await checkViews(world)));
    if (onEnd) await advanceUntil(machine, onEnd(world.store));
    return end(violations);
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    return end([`no work goes round in circles: ${error.message}`]);
  } finally {
    await world.close();
  }
};

/** Lets time pass until that settles. */
const advanceUntil = async <T>(machine: Machine, awaited: Promise<T>): Promise<T> => {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  awaited.then(settle, settle);
  for (let rounds = 0; !settled; rounds++) {
    if (rounds > 10_000) throw new Error("The simulation does not settle.");
    await machine.clock.runUntil(machine.clock.nowMs() + 100);
  }
  return awaited;
};

const connectGateway = ({ machine, nats }: World) =>
  nats.connect({ name: "gateway", runtime: machine.spawn("gateway").runtime });
