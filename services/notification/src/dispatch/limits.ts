import type { DatabaseSync } from "node:sqlite";
import { londonMidnight } from "@touchline/london";
import type { RunningProjection } from "@touchline/projections";
import type { Runtime } from "@touchline/service/runtime";
import type { SendingLine } from "./line.ts";

export interface LimitOptions {
  /** 0 for no limit. */
  readonly maxPerSecond: number;
  /** Texts that the provider may have taken, by London's day; 0 for no limit. */
  readonly dailyLimit: number;
  readonly line: SendingLine;
  readonly projection: Pick<RunningProjection, "db" | "position" | "reached">;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs">;
}

/** Whether the next text may go now. */
export interface Limits {
  /** 1 when the next text may go, else 0. Asks for the line when it is not ours; to be called when something is due. */
  allow(): Promise<0 | 1>;
  /** A text was claimed at this position. */
  readonly claimed: (position: bigint | undefined) => void;
  /** Milliseconds until the rate lets the next one go. */
  readonly waitMs: () => number;
}

/** A little slower than allowed: what leaves evenly may arrive a little closer together. */
const SLACK = 1.04;
/** After taking over the line: the instance before us may have sent a moment ago. */
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
  /** Our claims that the projection has not seen yet. */
  let unseen: bigint[] = [];

  const reachedDailyLimit = () => {
    if (dailyLimit === 0) return false;
    const seen = projection.position() ?? -1n;
    unseen = unseen.filter((position) => position > seen);
    return count(londonMidnight(now()).getTime()) + unseen.length >= dailyLimit;
  };

  const haveLine = async (): Promise<boolean> => {
    const { mine, takenAt } = await line.take();
    if (!mine) return false;
    if (takenAt !== undefined) {
      nextMs = Math.max(nextMs, monotonicMs() + TAKE_OVER_MS);
      // What the instance before us sent counts.
      return projection.reached(takenAt, 10_000);
    }
    return true;
  };

  return {
    allow: async () => {
      if (monotonicMs() < nextMs || reachedDailyLimit()) return 0;
      if (!(await haveLine())) return 0;
      return monotonicMs() < nextMs || reachedDailyLimit() ? 0 : 1;
    },
    claimed: (position) => {
      nextMs = monotonicMs() + intervalMs;
      if (position !== undefined) unseen.push(position);
    },
    waitMs: () => Math.max(0, nextMs - monotonicMs()),
  };
};

const countToday = (db: DatabaseSync) => {
  const query = db.prepare("SELECT count(*) AS n FROM attempts WHERE started_at >= ? AND taken = 1");
  return (since: number) => Number(query.get(since)?.n);
};
