import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningNats, startNats } from "@touchline/embedded";
import type { Logger } from "@touchline/service";
import { type Supervised, supervise } from "./supervisor.ts";

/** The embedded event store as a supervised process. */
export const superviseEventStore = (
  port: number,
  dataDir: string,
  logLevel: string | undefined,
  log: Logger,
): Supervised =>
  supervise(
    {
      name: "event store",
      script: "libs/embedded/src/eventstore/main.ts",
      args: ["--port", String(port), "--data", join(dataDir, "eventstore")],
      env: { ...(logLevel && { LOG_LEVEL: logLevel }) },
    },
    log,
  );

/** A real nats-server, started again when it dies. */
export const superviseNats = (port: number, dataDir: string, log: Logger): Supervised => {
  const stopping = new AbortController();
  let server: RunningNats | undefined;
  const start = async () => {
    server = await startNats({ port, dataDir: join(dataDir, "nats") });
    return server;
  };
  const first = start();
  const ready = first.then(() => {});
  ready.catch(() => {});

  const running = first
    .then(async (started) => {
      let current = started;
      while (!stopping.signal.aborted) {
        await new Promise((resolve) => {
          if (current.child.exitCode !== null || current.child.signalCode !== null) resolve(undefined);
          else current.child.once("exit", resolve);
        });
        if (stopping.signal.aborted) return;
        log.warn({ process: "nats" }, "a process ended; starting it again");
        current = await restart(start, stopping.signal, log);
      }
    })
    .catch(() => {}); // Told through `ready`, or the launcher is stopping.

  return {
    name: "nats",
    ready,
    pid: () => server?.pid,
    stop: async () => {
      stopping.abort();
      await first.catch(() => {});
      await server?.stop();
      await running;
    },
  };
};

const restart = async (start: () => Promise<RunningNats>, signal: AbortSignal, log: Logger): Promise<RunningNats> => {
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    await sleep(delayMs, undefined, { signal });
    try {
      return await start();
    } catch (err) {
      log.error({ err }, "nats-server does not start");
    }
  }
};
