import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type RunningEventStore, type RunningNats, startEventStore, startNats } from "@touchline/embedded";

export interface Infrastructure {
  readonly dataDir: string;
  readonly eventStore: RunningEventStore;
  readonly nats: RunningNats;
  readonly stop: () => Promise<void>;
}

/** A real event store and a real nats-server on free ports and a folder of their own. */
export const startInfrastructure = async (): Promise<Infrastructure> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-registration-"));
  const [eventStore, nats] = await Promise.all([
    startEventStore({ dataDir: join(dataDir, "eventstore") }),
    startNats({ dataDir: join(dataDir, "nats") }),
  ]);
  const stop = async () => {
    await Promise.all([eventStore.stop(), nats.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { dataDir, eventStore, nats, stop };
};

export interface RunningService {
  readonly child: ChildProcess;
  readonly grpc: string;
  readonly http: string;
  /** Everything that it has logged. */
  readonly log: () => string;
  /** Sends SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
}

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The service as a process of its own, as the launcher starts it. */
export const startService = async (
  { dataDir, eventStore, nats }: Infrastructure,
  env: Record<string, string> = {},
): Promise<RunningService> => {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH,
      EVENTSTORE_URL: eventStore.url,
      NATS_URL: nats.url,
      DATA_DIR: dataDir,
      GRPC_PORT: "0",
      REGISTRATION_PORT: "0",
      ...env,
    },
  });
  const lines: string[] = [];
  const listening = Promise.withResolvers<{ grpcPort: number; http: string }>();
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
    lines.push(line);
    if (line.includes('"msg":"listening"')) listening.resolve(JSON.parse(line));
  });
  child.once("message", () => ready.resolve());
  child.once("exit", (code) => {
    const error = new Error(`The service ended (${code}) before it was ready:\n${lines.join("\n")}`);
    listening.reject(error);
    ready.reject(error);
  });
  const { grpcPort, http } = await listening.promise;
  await ready.promise;
  return {
    child,
    grpc: `127.0.0.1:${grpcPort}`,
    http,
    log: () => lines.join("\n"),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      return ((await exit) as [number | null])[0];
    },
  };
};
