import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface LaunchOptions {
  dataDir: string;
  /** Any free port by default. */
  port?: number;
  host?: string;
  /** Where the server's log goes; to this process's stderr by default. */
  stderr?: "inherit" | "ignore" | "pipe";
  /** Further options of the command. */
  extraArguments?: string[];
  /** Options for Node. */
  nodeOptions?: readonly string[];
}

export interface RunningEventStore {
  url: string;
  port: number;
  pid: number;
  child: ChildProcess;
  /** Flushes, ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** Starts the event store in a separate process, which ends with this one. */
export async function startEventStore(options: LaunchOptions): Promise<RunningEventStore> {
  const { dataDir, port = 0, host = "127.0.0.1", stderr = "inherit", extraArguments = [], nodeOptions = [] } = options;
  const args = [...nodeOptions, MAIN, "--port", String(port), "--host", host, "--data", dataDir, ...extraArguments];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", stderr, "ipc"] });
  const ready = await readyLine(child);
  return {
    ...ready,
    pid: child.pid as number,
    child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

function readyLine(child: ChildProcess): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`The event store ended before it was ready (${signal ?? code}).`)),
    );
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once("line", (line) => {
      const { url, port } = JSON.parse(line) as { url: string; port: number };
      resolve({ url, port });
    });
  });
}
