import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@touchline/service";

export interface ProcessSpec {
  readonly name: string;
  /** The `.ts` file, relative to the project's root: it is seen on the process's command line. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Supervised {
  readonly name: string;
  /** Resolves at the first time it is ready; rejects when it cannot be started at all. */
  readonly ready: Promise<void>;
  pid(): number | undefined;
  /** SIGTERM, then SIGKILL when it does not listen; resolves when it is gone. */
  stop(): Promise<void>;
}

const root = new URL("../../../", import.meta.url).pathname;
/**
 * Ten processes share one machine: V8's default of 16 MB a semi-space would cost each of them some 30 MB more. And on a large
 * machine it lets a heap grow to four times what is in use before it collects.
 */
const SMALL_HEAP = ["--max-semi-space-size=4", "--heap-growing-percent=40", "--initial-old-space-size=64"];
const MAX_BACKOFF_MS = 10_000;
/** A process that has run for this long is well: the next restart is quick again. */
const WELL_AFTER_MS = 30_000;
/** How often a process may end before it was ever ready: a left-over of a killed launcher needs some seconds to go. */
const MAX_FALSE_STARTS = 6;
const KILL_AFTER_MS = 12_000;
const EXIT_CONFIG = 78;

/** Runs a script and starts it again, with backoff, whenever it dies. */
export const supervise = (spec: ProcessSpec, log: Logger): Supervised => {
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let wasReady = false;

  const runOnce = async (): Promise<number | null> => {
    const running = spawn(process.execPath, [...SMALL_HEAP, spec.script, ...(spec.args ?? [])], {
      cwd: root,
      // glibc's arena per thread costs each process some megabytes that it never uses.
      env: { ...process.env, MALLOC_ARENA_MAX: "2", ...spec.env },
      // A group of its own: Ctrl-C reaches the launcher alone, which stops the others in order.
      detached: true,
      // Standard output holds the launcher's own ready line and nothing else; logs are on standard error.
      stdio: ["ignore", "ignore", 2, "ipc"],
    });
    child = running;
    running.on("message", (message: { ready?: boolean }) => {
      if (!message?.ready) return;
      wasReady = true;
      ready.resolve();
    });
    return new Promise((resolve) => {
      running.once("error", () => resolve(null));
      running.once("exit", resolve);
    });
  };

  const loop = async () => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const startedAt = Date.now();
      const code = await runOnce();
      if (stopping.signal.aborted) return;
      if (code === EXIT_CONFIG) return ready.reject(new Error(`${spec.name} refused its configuration.`));
      if (!wasReady && failures + 1 >= MAX_FALSE_STARTS) {
        return ready.reject(new Error(`${spec.name} could not be started; its own words are above.`));
      }
      if (Date.now() - startedAt > WELL_AFTER_MS) failures = 0;
      const delayMs = Math.min(200 * 2 ** failures, MAX_BACKOFF_MS);
      log.warn({ process: spec.name, code, delayMs }, "a process ended; starting it again");
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => {});
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
      const late = setTimeout(() => current?.kill("SIGKILL"), KILL_AFTER_MS);
      await running;
      clearTimeout(late);
    },
  };
};
