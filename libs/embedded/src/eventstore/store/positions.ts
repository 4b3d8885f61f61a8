/**
 * Positions are a hybrid of a byte count and the clock: every event moves on by its size, and never starts below what the
 * clock says. So a store restored from yesterday's backup continues above everything that was handed out since, without
 * having to know it, and no reader's checkpoint is ever ahead of an event that is still to come.
 */
const EPOCH_MS = Date.UTC(2020, 0, 1);
/** 2^53 lasts until the year 2290. */
const PER_MS = 1024;
/** At 64 bytes a step the clock keeps ahead of 65 MB/s, sustained; beyond that positions still only grow. */
const BYTES_PER_STEP = 64;

export const nextPosition = (last: number, frameBytes: number, nowMs: number): number =>
  Math.max(last + 1 + Math.ceil(frameBytes / BYTES_PER_STEP), clockPosition(nowMs));

/** Where a store that has nothing would start. */
export const clockPosition = (nowMs: number): number => Math.floor((nowMs - EPOCH_MS) * PER_MS);
