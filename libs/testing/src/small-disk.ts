import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** A separate, real file system with little room. */
export interface SmallDisk {
  readonly path: string;
  /** Fills all the room that is left, except for `leaveKib`. */
  readonly fill: (leaveKib?: number) => void;
  /** Frees that room. */
  readonly makeRoom: () => void;
  readonly remove: () => void;
}

/** Undefined if this user may not mount a file system: only root may. */
export const smallDisk = (sizeKib: number): SmallDisk | undefined => {
  const folder = temporaryFolder("disk");
  const { path } = folder;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k,mode=0700`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    folder.remove();
    if (process.getuid?.() === 0 && !/permission|not permitted|denied/i.test(String(error))) throw error;
    return undefined;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill: (leaveKib = 0) => {
      const { bavail, bsize } = statfsSync(path);
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveKib * 1024)), { flag: "a" });
      } catch (error) {
        // Somebody else has filled it meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    remove: () => {
      execFileSync("umount", ["--lazy", path]);
      folder.remove();
    },
  };
};
