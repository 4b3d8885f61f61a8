import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type RunningEventStore, startEventStore } from "@touchline/embedded";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { opsConfig } from "../src/config.ts";
import { runOps } from "../src/program.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command with these settings and no others, in this process: a process for each would take most of the time. */
export const ops = (env: Record<string, string>, ...args: string[]): Promise<Ran> =>
  opsOn(systemRuntime(), env, ...args);

/** The same where time passes as this runtime says. */
export const opsOn = async (runtime: Runtime, env: Record<string, string>, ...args: string[]): Promise<Ran> => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runOps(args, {
    env,
    config: () => opsConfig(env),
    runtime,
    out: (words) => void out.push(words),
    say: (words) => void err.push(`${words}\n`),
    progress: () => {},
    colours: false,
  });
  return { code, out: out.join(""), err: err.join("") };
};

/** The same as an operator does it, in a separate process. */
export const opsProcess = async (env: Record<string, string>, ...args: string[]): Promise<Ran> => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, ...env },
  });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
};

/** The event store where `npm start` keeps it. */
export const startStoreIn = (dataDir: string): Promise<RunningEventStore> =>
  startEventStore({ dataDir: join(dataDir, "eventstore"), stderr: "ignore" });
