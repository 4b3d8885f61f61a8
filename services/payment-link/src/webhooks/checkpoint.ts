import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** How far GoCardless's events have been polled. */
export interface Checkpoint {
  read(): Date;
  write(at: Date): void;
}

/** A file beside the projections that survives their rebuilding. If it is missing or corrupt, `start` counts. */
export const fileCheckpoint = (path: string, start: () => Date): Checkpoint => {
  const stored = (): Date | undefined => {
    try {
      const at = new Date(JSON.parse(readFileSync(path, "utf8")).walkedUntil);
      return Number.isNaN(at.getTime()) ? undefined : at;
    } catch {
      return undefined;
    }
  };
  let at: Date | undefined;
  return {
    read: () => {
      at ??= stored() ?? start();
      return at;
    },
    write: (next) => {
      if (next.getTime() === at?.getTime()) return;
      at = next;
      mkdirSync(dirname(path), { recursive: true });
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, JSON.stringify({ walkedUntil: next.toISOString() }));
      renameSync(draft, path);
    },
  };
};
