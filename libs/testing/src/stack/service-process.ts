import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { smallHeap } from "@touchline/service/node-flags";

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  /** Everything that it has written so far, logs included. */
  readonly output: () => string;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface ProcessOptions {
  /** Its whole environment, except PATH and the place of Node's compile cache, without which each start compiles everything. */
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  /** How it says that it is ready: with a message, as services do, with a first line on standard output, or not at all. */
  readonly ready?: "message" | "line" | "nothing";
}

/** Runs a script of the project under plain node, as the launcher runs services, and resolves when it is ready. */
export const startProcess = async (
  script: string,
  { env = {}, args = [], ready = "message" }: ProcessOptions = {},
): Promise<ServiceProcess> => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...smallHeap, script, ...args], {
    cwd: root,
    env: { PATH, NODE_COMPILE_CACHE, MALLOC_ARENA_MAX: "2", LOG_LEVEL: "debug", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let stdout = "";
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const line = new Promise<void>((resolve) =>
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
      if (stdout.includes("\n")) resolve();
    }),
  );
  const message = new Promise<void>((resolve) => child.once("message", () => resolve()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const endedEarly = ended.then((code) => {
    throw new Error(`${script} ended with ${code} before it was ready:\n${output}`);
  });
  endedEarly.catch(() => {});
  if (ready !== "nothing") await Promise.race([ready === "line" ? line : message, endedEarly]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    child,
    ended,
    stdout: () => stdout,
    output: () => output,
    kill: () => end("SIGKILL").then(() => {}),
    stop: () => end("SIGTERM"),
  };
};
