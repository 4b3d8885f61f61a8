import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder {
  readonly path: string;
  /** Throws if a process that was started on the folder is still running. */
  readonly remove: () => void;
}

export const temporaryFolder = (purpose: string): TemporaryFolder => {
  const path = mkdtempSync(join(tmpdir(), `touchline-${purpose}-`));
  return {
    path,
    remove: () => {
      const left = processesOf(path);
      rmSync(path, { recursive: true, force: true });
      if (left.length > 0)
        throw new Error(`Still running: ${left.map(({ pid, command }) => `${pid} ${command}`).join("; ")}`);
    },
  };
};

/** The processes whose command line or environment names this folder. */
export const processesOf = (folder: string): { pid: number; command: string }[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const environment = readFileSync(`/proc/${name}/environ`, "utf8");
        return command && `${command}${environment}`.includes(folder) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // It has just gone.
      }
    });
