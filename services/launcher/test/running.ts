import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Running {
  readonly child: ChildProcess;
  readonly urls: Readonly<Record<"edge" | "grpc" | "nats" | "eventStore", string>>;
  /** Everything on standard error so far. */
  readonly told: () => string;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  /** As a power cut does it. */
  kill(): Promise<void>;
}

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs `npm start`'s program with these settings and waits for its ready line. */
export const start = async (env: Readonly<Record<string, string>>): Promise<Running> => {
  const child = spawn(process.execPath, ["services/launcher/src/start.ts"], {
    cwd: root,
    env: { PATH: process.env.PATH, LOG_LEVEL: "debug", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  const ended = once(child, "exit");
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(() => Promise.reject(new Error(`It ended before it was ready:\n${told}`))),
  ]);
  const { msg, urls } = JSON.parse(String(line[0])) as { msg: string; urls: Running["urls"] };
  if (msg !== "ready") throw new Error(`The first line on standard output is not the ready line: ${String(line[0])}`);
  return {
    child,
    urls,
    told: () => told,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};

/** Pids whose command line or environment names this folder: whatever a launcher on it has started. */
export const processesOf = (dataDir: string): { pid: number; command: string }[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const environment = readFileSync(`/proc/${name}/environ`, "utf8");
        return command && `${command}${environment}`.includes(dataDir) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // It has just gone.
      }
    });
