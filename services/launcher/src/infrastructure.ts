import { once } from "node:events";
import { join } from "node:path";
import { type RunningNats, startNats } from "@touchline/embedded";
import { type Backoff, backoffMs, type Logger, type Runtime } from "@touchline/service";
import { type Supervised, supervise } from "./supervisor.ts";

const RESTART: Backoff = { firstMs: 100, maxMs: 5_000 };

/** The embedded event store as a supervised process. */
export const superviseEventStore = (
  port: number,
  dataDir: string,
  logLevel: string | undefined,
  log: Logger,
  runtime: Runtime,
): Supervised =>
  supervise(
    {
      name: "event store",
      script: "libs/embedded/src/eventstore/main.ts",
      args: ["--port", String(port), "--data", join(dataDir, "eventstore")],
      env: { ...(logLevel && { LOG_LEVEL: logLevel }) },
    },
    log,
    runtime,
  );

/** A real nats-server, started again when it dies. */
export const superviseNats = (port: number, dataDir: string, log: Logger, runtime: Runtime): Supervised => {
  const stopping = new AbortController();
  let server: RunningNats | undefined;
  const start = async () => {
    server = await startNats({ port, dataDir: join(dataDir, "nats") });
  };
  const first = start();
  first.catch(() => {}); // Reported through `ready`.

  const loop = async () => {
    await first;
    for (let failures = 0; !stopping.signal.aborted; ) {
      if (server) await exited(server.child);
      if (stopping.signal.aborted) return;
      server = undefined;
      if (failures++ === 0) log.warn({ process: "nats" }, "a process ended; starting it again");
      await runtime.sleep(backoffMs(failures, RESTART, runtime.random), stopping.signal);
      try {
        if (!stopping.signal.aborted) await start();
        failures = 0;
      } catch (err) {
        log.error({ err }, "nats-server does not start");
      }
    }
  };
  const running = loop().catch(() => {}); // As `first`.

  return {
    name: "nats",
    ready: first,
    pid: () => server?.pid,
    stop: async () => {
      stopping.abort();
      await first.catch(() => {});
      await server?.stop();
      await running;
    },
  };
};

const exited = (child: RunningNats["child"]): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
