import { once } from "node:events";
import { type RunningNats, startNats } from "@touchline/embedded";
import { type Backoff, backoffMs, type Logger, type Runtime } from "@touchline/service";
import { assertRoom } from "./room.ts";
import type { Supervised } from "./supervisor.ts";

export interface NatsSpec {
  readonly port: number;
  readonly dataDir: string;
  /** How often it is asked for its health, and how long it may take to answer. */
  readonly healthEveryMs?: number;
}

const RESTART: Backoff = { firstMs: 100, maxMs: 5_000 };
const HEALTH_EVERY_MS = 10_000;
/** One slow answer does not restart it, because a busy machine is slow too. */
const MAX_BAD_ANSWERS = 3;

/** A real nats-server, restarted when it dies or stops answering. */
export const superviseNats = (spec: NatsSpec, log: Logger, runtime: Runtime): Supervised => {
  const { port, dataDir, healthEveryMs = HEALTH_EVERY_MS } = spec;
  const stopping = new AbortController();
  let server: RunningNats | undefined;
  const start = async () => {
    server = await startNats({ port, dataDir });
  };
  const first = (async () => {
    assertRoom(dataDir);
    await start();
  })();
  first.catch(() => {}); // Reported through `ready`.

  const untilGone = async (running: RunningNats) => {
    const gone = new AbortController();
    const watching = restartWhenSilent(running, healthEveryMs, gone.signal, log, runtime);
    await exited(running.child);
    gone.abort();
    await watching;
    if (!stopping.signal.aborted)
      log.warn({ process: "nats", lastWords: running.lastWords() }, "a process ended; starting it again");
  };

  const loop = async () => {
    await first;
    for (let failures = 0; !stopping.signal.aborted; ) {
      if (server) await untilGone(server);
      if (stopping.signal.aborted) return;
      server = undefined;
      failures += 1;
      await runtime.sleep(backoffMs(failures, RESTART, runtime.random), stopping.signal);
      try {
        if (!stopping.signal.aborted) await start();
        failures = 0;
      } catch (err) {
        log.error({ err }, "nats-server did not start; trying again");
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

/** A server whose disk was full may hang, or continue without JetStream until it is restarted, though there is room again. */
const restartWhenSilent = async (
  server: RunningNats,
  everyMs: number,
  gone: AbortSignal,
  log: Logger,
  runtime: Runtime,
): Promise<void> => {
  for (let bad = 0; ; ) {
    await runtime.sleep(everyMs, gone);
    if (gone.aborted) return;
    const reason = await illness(server, everyMs);
    bad = reason ? bad + 1 : 0;
    if (bad < MAX_BAD_ANSWERS || gone.aborted) continue;
    log.error({ process: "nats", reason }, "NATS is not healthy; restarting it");
    server.child.kill("SIGKILL");
    return;
  }
};

/** Why it is not healthy, in its own words; undefined when it is. */
const illness = async ({ monitoringUrl }: RunningNats, timeoutMs: number): Promise<string | undefined> => {
  try {
    const answer = await fetch(`${monitoringUrl}/healthz`, { signal: AbortSignal.timeout(timeoutMs) });
    return answer.ok ? undefined : await answer.text();
  } catch (error) {
    return String(error);
  }
};

const exited = (child: RunningNats["child"]): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
