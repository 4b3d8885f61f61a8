/** Over which time a seed is played. */
export interface Span {
  readonly startMs: number;
  /** Families register within these days. */
  readonly registeringDays: number;
  /** Most of what a family does, it does within these days after it registered. */
  readonly busyDays: number;
  /** Faults and lives go on until then. */
  readonly livelyDays: number;
  /** Until then, work in flight can finish. */
  readonly days: number;
  /** How many days are between two looks at the invariants. */
  readonly checkDays: number;
}

export const tenDays: Span = {
  startMs: Date.parse("2026-09-07T06:00:00.000Z"),
  registeringDays: 1,
  busyDays: 7,
  livelyDays: 7,
  days: 10,
  checkDays: 1,
};

/** From 1 July to 31 May, when the last month is collected. */
export const wholeSeason: Span = {
  startMs: Date.parse("2026-07-01T06:00:00.000Z"),
  registeringDays: 75,
  busyDays: 14,
  livelyDays: 324,
  days: 334,
  checkDays: 14,
};
