import { createHealth, createLogger, metricsIn, type ServiceContext } from "@touchline/service";
import { Registry } from "prom-client";
import type { Machine, Running } from "../machine/machine.ts";
import type { Opened, Registration, ServiceName } from "./programs.ts";
import { starts } from "./programs.ts";

/** One of the instances of a service. */
export interface Instance {
  readonly service: ServiceName;
  /** The service's name, with a number if it is not the first. */
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface SupervisorOptions {
  readonly machine: Machine;
  /** The connections of a program that starts. `crash` ends it at once. */
  readonly connections: (program: Running, crash: (why: string) => void) => Pick<Opened, "store" | "connect">;
  /** A service calls a provider. */
  readonly onCall: (program: Running, crash: (why: string) => void) => void;
  readonly say: (who: string, what: string) => void;
  /** A line that a service logs. */
  readonly onLine: (who: string, line: string) => void;
  /** A service ended by itself: that is never right. */
  readonly onDefect: (who: string, error: unknown) => void;
  /** How long the launcher waits before it starts a service again. */
  readonly restartMs: () => number;
  /** How far a starting service's clock is from the true one. */
  readonly skewMs: () => number;
  /** For how long after a start it does not crash by chance. */
  readonly safeMs: () => number;
}

/** One instance of a service, which is started again whenever it dies, as the launcher does it. */
export interface Supervised extends Instance {
  readonly crash: (why: string) => void;
  /** It gets no processor time for this long. */
  readonly pause: (ms: number) => void;
  /** Sets its clock to another time while it runs. */
  readonly setClock: () => void;
  readonly registration: () => Registration | undefined;
  readonly isUp: () => boolean;
}

export const supervise = (instance: Instance, options: SupervisorOptions): Supervised => {
  const { service, name, env } = instance;
  const { machine, say, onDefect, restartMs } = options;
  let program: Running | undefined;
  let registration: Registration | undefined;

  const start = (): void => {
    const own = machine.spawn(name);
    program = own;
    own.skewMs = options.skewMs();
    say(name, "starts");
    machine.clock.stir();
    // A service that has just started gets something done before it dies again.
    const safeUntilMs = machine.clock.nowMs() + options.safeMs();
    const crashOwn = (why: string) => {
      if (own === program && machine.clock.nowMs() >= safeUntilMs) crash(why);
    };
    own.onConnect = () => options.onCall(own, crashOwn);
    const opened = { ...options.connections(own, crashOwn), env, context: contextOf(own, service, options) };
    machine
      .within(own, () => starts[service](opened))
      .then(
        (made) => {
          if (own !== program || !own.isAlive) return;
          if (made) registration = made;
        },
        (error) => own.isAlive && onDefect(name, error),
      );
  };

  const crash = (why: string): void => {
    const own = program;
    if (!own?.isAlive) return;
    say(name, `crashes: ${why}`);
    own.end();
    registration = undefined;
    machine.clock.after(restartMs(), () => void machine.kill(own).then(start));
  };

  const pause = (ms: number): void => {
    if (!program?.isAlive) return;
    say(name, `is paused for ${Math.ceil(ms / 1_000)} s`);
    program.pause.begin(ms);
  };

  const setClock = (): void => {
    if (!program?.isAlive) return;
    program.skewMs = options.skewMs();
    say(name, `has its clock set: ${program.skewMs / 1_000} s ahead`);
  };

  start();
  return {
    ...instance,
    crash,
    pause,
    setClock,
    registration: () => registration,
    isUp: () => program?.isAlive === true,
  };
};

const contextOf = (program: Running, service: ServiceName, { onLine }: SupervisorOptions): ServiceContext => {
  const { name, runtime } = program;
  const stopping = new AbortController();
  const write = (line: string) => program.isAlive && onLine(name, line);
  return {
    name: service,
    log: createLogger(service, "warn", { write }),
    metrics: metricsIn(new Registry()),
    health: createHealth(runtime),
    runtime,
    signal: stopping.signal,
    onClose: () => {},
  };
};
