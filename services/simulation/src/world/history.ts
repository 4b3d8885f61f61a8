import { createHash } from "node:crypto";

/** What happened, in order: the log of a run. The same seed writes the same lines. */
export interface History {
  readonly add: (who: string, what: string) => void;
  readonly lines: readonly string[];
  /** A digest of all lines: it changes with any word of them. */
  readonly digest: () => string;
}

export const createHistory = (nowMs: () => number): History => {
  const lines: string[] = [];
  return {
    add: (who, what) => void lines.push(`${new Date(nowMs()).toISOString()} ${who.padEnd(14)} ${what}`),
    lines,
    digest: () => createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16),
  };
};
