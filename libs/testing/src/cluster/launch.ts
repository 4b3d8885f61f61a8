import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Answer, CommandName } from "./commands.ts";

export interface LaunchedCluster {
  readonly url: string;
  readonly nodes: readonly { readonly url: string }[];
  /** Resolves when the command is done, or begun if it takes time; rejects when it cannot be done. */
  readonly command: (name: CommandName, number: number) => Promise<Answer>;
  readonly state: () => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface LaunchClusterOptions {
  readonly dataDir: string;
  readonly size?: number;
  readonly pace?: number;
  /** A server's executable, to run real nodes instead of the stand-in. */
  readonly binary?: string | undefined;
}

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs the stand-in, or real nodes, in a separate process, so that they do not share an event loop with their user. */
export const launchCluster = async ({
  dataDir,
  size = 3,
  pace = 1,
  binary,
}: LaunchClusterOptions): Promise<LaunchedCluster> => {
  const args = [MAIN, "--data", dataDir, "--size", String(size), "--pace", String(pace)];
  if (binary !== undefined) args.push("--binary", binary);
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("The stand-in has ended.");
    return JSON.parse(value) as T;
  };
  const { url, nodes } = await answer<{ url: string; nodes: string[] }>();

  // Answers come in the same order as the commands.
  let last: Promise<unknown> = Promise.resolve();
  const ask = (line: string): Promise<Answer> => {
    child.stdin.write(`${line}\n`);
    const next = last.then(() => answer<Answer>());
    last = next.catch(() => {});
    return next;
  };
  return {
    url,
    nodes: nodes.map((one) => ({ url: one })),
    command: async (name, number) => {
      const done = await ask(`${name} ${number}`);
      if (done.error !== undefined) throw new Error(done.error);
      return done;
    },
    state: () => ask("state"),
    close: () => ended(child),
  };
};

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.stdin?.end();
  await gone;
};
