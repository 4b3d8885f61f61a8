import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Backoff, backoffMs, type Logger, type Runtime, systemRuntime } from "@touchline/service";
import { smallHeap } from "@touchline/service/node-flags";
import { environmentFor } from "./environment.ts";

export interface ProcessSpec {
  readonly name: string;
  /** The `.ts` file, relative to the project's root: it shows on the process's command line. */
  readonly script: string;
  readonly args?: readonly string[];
  /** In addition to this process's own environment. Of the secrets in both, it gets only those that it needs. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Supervised {
  readonly name: string;
  /** Resolves at the first time it is ready; rejects when it cannot be started at all. */
  readonly ready: Promise<void>;
  pid(): number | undefined;
  /** Sends SIGTERM, then SIGKILL if that has no effect. Resolves when the process has ended. */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const RESTART: Backoff = { firstMs: 200, maxMs: 10_000 };
/** A process that has run for this long counts as healthy, so its next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;
/** How many times a process may end before it is first ready: what a killed launcher left needs some seconds to go. */
const MAX_FALSE_STARTS = 6;
const KILL_AFTER_MS = 12_000;
const EXIT_CONFIG = 78;

/** Runs a script and starts it again, with backoff, whenever it dies. */
export const supervise = (spec: ProcessSpec, log: Logger, runtime: Runtime = systemRuntime()): Supervised => {
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let wasReady = false;

  const runOnce = (): Promise<number | null> => {
    const running = spawnScript(spec);
    child = running;
    running.on("message", (message: { ready?: boolean }) => {
      if (!message?.ready) return;
      wasReady = true;
      ready.resolve();
    });
    return new Promise((resolve) => {
      running.once("error", (err) => {
        log.error({ process: spec.name, err }, "a process could not be started");
        resolve(null);
      });
      running.once("exit", resolve);
    });
  };

  const loop = async () => {
    for (let failures = 1; !stopping.signal.aborted; failures++) {
      const startedMs = runtime.monotonicMs();
      const code = await runOnce();
      if (stopping.signal.aborted) return;
      // Later its settings may be wrong for a moment, such as while a file with a secret is being written.
      if (!wasReady && code === EXIT_CONFIG)
        return ready.reject(new Error(`${spec.name} refused its settings; its log above says which.`));
      if (!wasReady && failures >= MAX_FALSE_STARTS)
        return ready.reject(new Error(`${spec.name} could not be started; its log above says why.`));
      if (runtime.monotonicMs() - startedMs > HEALTHY_AFTER_MS) failures = 1;
      const delayMs = backoffMs(failures, RESTART, runtime.random);
      log.warn({ process: spec.name, code, delayMs }, "a process ended; starting it again");
      await runtime.sleep(delayMs, stopping.signal);
    }
  };
  const running = loop();

  return {
    name: spec.name,
    ready: ready.promise,
    pid: () => child?.pid,
    stop: async () => {
      stopping.abort();
      const current = child;
      current?.kill("SIGTERM");
      const cancel = runtime.after(KILL_AFTER_MS, () => current?.kill("SIGKILL"));
      await running;
      cancel();
    },
  };
};

const spawnScript = ({ name, script, args = [], env }: ProcessSpec): ChildProcess =>
  spawn(process.execPath, [...smallHeap, script, ...args], {
    cwd: root,
    // By default glibc reserves an arena per thread, which costs each process megabytes that it never uses.
    env: environmentFor(name, { ...process.env, MALLOC_ARENA_MAX: "2", ...env }),
    // A group of its own: Ctrl-C reaches the launcher alone, which stops the others in order.
    detached: true,
    // Standard output holds the launcher's own ready line and nothing else; logs are on standard error.
    stdio: ["ignore", "ignore", 2, "ipc"],
  });
