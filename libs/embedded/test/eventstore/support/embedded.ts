import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { type RunningEventStore, startEventStore } from "../../../src/eventstore/index.ts";

export const MAIN = fileURLToPath(new URL("../../../src/eventstore/main.ts", import.meta.url));
export const BACKUP = fileURLToPath(new URL("../../../src/eventstore/backup.ts", import.meta.url));
export const SCAVENGE = fileURLToPath(new URL("../../../src/eventstore/scavenge.ts", import.meta.url));

/** The folders and servers of one test; they are removed however it ends. */
export function embedded(): {
  folder: () => Promise<string>;
  start: (dataDir: string, extraArguments?: string[]) => Promise<RunningEventStore>;
} {
  const folders: string[] = [];
  const stores: RunningEventStore[] = [];
  afterEach(async () => {
    for (const { child } of stores.splice(0)) child.kill("SIGKILL");
    for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
  });
  return {
    folder: async () => {
      const path = await mkdtemp(join(tmpdir(), "eventstore-test-"));
      folders.push(path);
      return path;
    },
    start: async (dataDir, extraArguments = []) => {
      const store = await startEventStore({ dataDir, stderr: "ignore", extraArguments });
      stores.push(store);
      return store;
    },
  };
}

/** Runs a command to its end. */
export function run(script: string, ...args: string[]): Promise<{ code: number; stderr: string; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Ends the process with SIGKILL. */
export async function kill(store: RunningEventStore): Promise<void> {
  const gone = new Promise((resolve) => store.child.once("exit", resolve));
  store.child.kill("SIGKILL");
  await gone;
}
