import type { DatabaseSync } from "node:sqlite";
import { londonMidnight } from "@touchline/london";
import type { RunningProjection } from "@touchline/projections";
import type { Runtime } from "@touchline/service/runtime";
import type { SendingLine } from "./line.ts";

export interface LimitOptions {
  /** 0 for no limit. */
  readonly maxPerSecond: number;
  /** Texts that the provider may have taken in a London day; 0 for no limit. */
  readonly dailyLimit: number;
  readonly line: SendingLine;
  readonly projection: Pick<RunningProjection, "db" | "position" | "reached">;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs">;
}

/** Whether the next text may go now. */
export interface Limits {
  /** 1 when the next text may go, else 0. Asks for the line if we do not have it, so call it only when something is due. */
  allow(): Promise<0 | 1>;
  /** A text was claimed at this position. */
  readonly claimed: (position: bigint | undefined) => void;
  /** Milliseconds until the rate lets the next one go. */
  readonly waitMs: () => number;
}

/** A little slower than allowed: texts that leave evenly may arrive closer together. */
const SLACK = 1.04;
const SECOND_MS = 1_020;
/** After taking over the line, the previous instance's texts in this time count. */
const TAKE_OVER_MS = 1_000;

export const createLimits = ({
  maxPerSecond,
  dailyLimit,
  line,
  projection,
  runtime: { now, monotonicMs },
}: LimitOptions): Limits => {
  const count = countToday(projection.db);
  const intervalMs = maxPerSecond > 0 ? (1_000 * SLACK) / maxPerSecond : 0;
  let nextMs = 0;
  /** Until then, another instance has the line. */
  let lineMs = 0;
  let allowedMs = 0;
  /** When the latest texts left: at most one second's worth. */
  const left: number[] = [];
  /** Our claims that the projection has not seen yet. */
  let unseen: bigint[] = [];

  const reachedDailyLimit = () => {
    if (dailyLimit === 0) return false;
    const seen = projection.position() ?? -1n;
    unseen = unseen.filter((position) => position > seen);
    return count(londonMidnight(now()).getTime()) + unseen.length >= dailyLimit;
  };

  const haveLine = async (): Promise<boolean> => {
    const { mine, takenAt, quietMs = 0, othersForMs = 0 } = await line.take();
    lineMs = monotonicMs() + othersForMs;
    if (!mine) return false;
    if (takenAt !== undefined) {
      nextMs = Math.max(nextMs, monotonicMs() + TAKE_OVER_MS - quietMs);
      // The previous instance's texts count too.
      return projection.reached(takenAt, 10_000);
    }
    return true;
  };

  return {
    allow: async () => {
      if (monotonicMs() < nextMs || reachedDailyLimit()) return 0;
      if (!(await haveLine())) return 0;
      allowedMs = monotonicMs();
      return allowedMs < nextMs || reachedDailyLimit() ? 0 : 1;
    },
    claimed: (position) => {
      if (maxPerSecond > 0) {
        left.push(monotonicMs());
        // Steps are even however long a claim takes, and a late text may be made up for. No second exceeds the limit.
        const step = Math.max(nextMs, allowedMs - intervalMs) + intervalMs;
        const full = left.length < maxPerSecond ? 0 : (left.shift() ?? 0) + SECOND_MS;
        nextMs = Math.max(step, full);
      }
      if (position !== undefined) unseen.push(position);
    },
    waitMs: () => Math.max(0, Math.max(nextMs, lineMs) - monotonicMs()),
  };
};

const countToday = (db: DatabaseSync) => {
  const query = db.prepare("SELECT count(*) AS n FROM attempts WHERE started_at >= ? AND taken = 1");
  return (since: number) => Number(query.get(since)?.n);
};
