import { createLogger, type Logger } from "@touchline/service/log";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { createPrivately } from "./private-files.ts";

export interface Command {
  readonly runtime: Runtime;
  readonly log: Logger;
  /** Progress, one line for people, on standard error. */
  readonly say: (text: string) => void;
  /** What the command is for, on standard output. */
  readonly print: (text: string) => void;
  /** Aborts on Ctrl-C, SIGTERM, or when the parent that holds our channel is gone. */
  readonly signal: AbortSignal;
}

/** Runs a command line program: what it throws ends it with 1 and one clear message. */
export const runCommand = async (name: string, run: (command: Command) => Promise<number>): Promise<never> => {
  createPrivately();
  // `| head` closes the pipe when it has seen enough; that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  const stopping = new AbortController();
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, () => stopping.abort());
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    process.exit(await run({ runtime: systemRuntime(), log: createLogger(name), say, print, signal: stopping.signal }));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
};

const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") throw error;
};

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
