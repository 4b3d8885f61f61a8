import { createLineWriter } from "@touchline/service/line-writer";
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

/** Runs a command line program. An error ends it with exit code 1 and one clear message. */
export const runCommand = async (name: string, run: (command: Command) => Promise<number>): Promise<never> => {
  createPrivately();
  // `| head` closes the pipe when it has seen enough, and a disk may be full; that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const stopping = new AbortController();
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, () => stopping.abort());
  const [out, err] = [createLineWriter(1), createLineWriter(2)];
  const say = (text: string) => err.write(`${text}\n`);
  const print = (text: string) => out.write(`${text}\n`);
  try {
    const log = createLogger(name, undefined, err);
    process.exit(await run({ runtime: systemRuntime(), log, say, print, signal: stopping.signal }));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
};

/** For `catch`: what fails because the command is stopping is no error. */
export const unlessStopped =
  (signal: AbortSignal) =>
  (error: unknown): undefined => {
    if (!signal.aborted) throw error;
  };

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
