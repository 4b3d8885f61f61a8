export interface Backoff {
  /** The wait after the first failure. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait after so many failures, from 1 on: twice as long each time, up to a quarter less or more, so that those
 * who failed together do not come back together.
 */
export const backoffMs = (failures: number, { firstMs, maxMs }: Backoff, random: () => number): number =>
  Math.round(Math.min(firstMs * 2 ** (failures - 1), maxMs) * (0.75 + random() / 2));
