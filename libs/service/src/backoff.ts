export interface Backoff {
  /** The wait after the first failure. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait after this many failures, counted from 1. Each wait is twice as long as the last, give or take a quarter, so
 * that callers who failed together do not retry together.
 */
export const backoffMs = (failures: number, { firstMs, maxMs }: Backoff, random: () => number): number =>
  Math.round(Math.min(firstMs * 2 ** (failures - 1), maxMs) * (0.75 + random() / 2));
