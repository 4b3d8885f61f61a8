import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";
import { seeded } from "@touchline/sandbox";
import type { Runtime } from "@touchline/service";
import { type Clock, createClock, runtimeOn } from "./clock.ts";
import { takeOverGlobals, uuidFrom } from "./globals.ts";
import { type Network, type Route, takeOverNetwork } from "./network.ts";
import { afterPause, createPause, type Pause } from "./pause.ts";

/** A program that runs on the simulated machine, until it is killed. */
export interface Running {
  readonly name: string;
  readonly runtime: Runtime;
  isAlive: boolean;
  /** Aborts when it is killed. */
  readonly killed: AbortSignal;
  /** From now on none of its work runs; `kill` then cleans up after it. */
  readonly end: () => void;
  /** Called when it calls another over the network. */
  onConnect: () => void;
  /** The offset of its wall clock from true time. */
  skewMs: number;
  readonly pause: Pause;
  readonly files: Set<DatabaseSync>;
}

/** A clock, a network and a source of randomness, all from one seed. */
export interface Machine {
  readonly clock: Clock;
  readonly spawn: (name: string) => Running;
  /** Runs work as part of a program: everything that it listens on, opens and waits for ends with the program. */
  readonly within: <T>(program: Running, work: () => T) => T;
  /** Ends a program between two steps, as `kill -9` does: none of its work runs any longer. */
  readonly kill: (program: Running) => Promise<void>;
  /** Kills all that runs. */
  readonly stop: () => Promise<void>;
}

/** The replacement for the real machine in this Node process. */
interface Taken {
  readonly programs: AsyncLocalStorage<Running | undefined>;
  readonly settle: () => Promise<void>;
  readonly network: Network;
  /** The clock and the randomness of the machine that runs now. */
  now: { readonly clock: Clock; readonly random: () => number };
}

/**
 * Takes over this Node process, once. Then each call starts a machine of its own: the one before is forgotten.
 *
 * @param route where a public address leads
 */
export const takeOverProcess = (route: Route): ((seed: number, startMs: number) => Machine) => {
  const taken = takeOver(route);
  return (seed, startMs) => {
    taken.now = { clock: createClock(startMs, taken.settle), random: seeded(seed) };
    return machineOn(taken);
  };
};

const takeOver = (route: Route): Taken => {
  const tick = nextImmediate();
  const programs = new AsyncLocalStorage<Running | undefined>();
  /** The same work as part of the calling program, for as long as that runs. */
  const afterLiving = (ms: number, work: () => void) => {
    const { clock } = taken.now;
    const program = programs.getStore();
    // Cheaper than AsyncLocalStorage.bind, which makes a resource for each timer.
    const bound = () => programs.run(program, work);
    return program ? afterPause(clock, program.pause)(ms, () => program.isAlive && bound()) : clock.after(ms, bound);
  };
  const isWaiting = takeOverGlobals({
    nowMs: () => taken.now.clock.nowMs() + (programs.getStore()?.skewMs ?? 0),
    after: afterLiving,
    random: () => taken.now.random(),
  });
  const network = takeOverNetwork({
    owner: () => programs.getStore(),
    onConnect: () => programs.getStore()?.onConnect(),
    within: (owner, work) => {
      const program = owner as Running | undefined;
      const own = () => programs.run(program, work);
      if (program) program.pause.run(own);
      else own();
    },
    route,
    random: () => taken.now.random(),
  });
  rememberFiles(() => programs.getStore());
  const settle = async () => {
    do await tick();
    while (network.hasMoved() || isWaiting());
  };
  const taken: Taken = { programs, settle, network, now: { clock: createClock(0, settle), random: seeded(0) } };
  return taken;
};

const machineOn = ({ programs, settle, network, now: { clock, random } }: Taken): Machine => {
  const running = new Set<Running>();
  const kill = async (program: Running) => {
    program.end();
    network.drop(program);
    await settle();
    for (const file of program.files) if (file.isOpen) file.close();
    running.delete(program);
  };
  return {
    clock,
    spawn: (name) => {
      const killing = new AbortController();
      const pause = createPause(clock);
      const after = afterPause(clock, pause);
      const inside: Clock["after"] = (ms, work) => {
        const here = programs.getStore();
        return after(ms, () => programs.run(here, work));
      };
      const bound: Clock = { ...clock, after: inside };
      const program: Running = {
        name,
        runtime: runtimeOn(bound, {
          random,
          uuid: () => uuidFrom(random),
          isAlive: () => program.isAlive,
          skewMs: () => program.skewMs,
        }),
        isAlive: true,
        killed: killing.signal,
        end: () => {
          program.isAlive = false;
          killing.abort();
        },
        onConnect: () => {},
        skewMs: 0,
        pause,
        files: new Set(),
      };
      running.add(program);
      return program;
    },
    within: (program, work) => programs.run(program, work),
    kill,
    stop: async () => {
      for (const program of running) await kill(program);
    },
  };
};

const nextImmediate = () => {
  const real = setImmediate;
  return () => new Promise<void>((resolve) => void real(resolve));
};

/** A killed program leaves no file and no transaction open. */
const rememberFiles = (current: () => Running | undefined): void => {
  const open = Reflect.get(DatabaseSync.prototype, "open");
  DatabaseSync.prototype.open = function (this: DatabaseSync) {
    open.call(this);
    current()?.files.add(this);
  };
};
