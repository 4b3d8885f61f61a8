import { CLOCK_SKEW_MS } from "@touchline/contracts";

/**
 * Whether a time that was planned at most `waitMs` ahead has come. One much further away came from a clock that was ahead,
 * and counts as past. Just after another instance has planned it, it may seem a little further away than `waitMs`.
 */
export const hasCome = (at: string | undefined, waitMs: number, now: Date): boolean => {
  const leftMs = at === undefined ? 0 : Date.parse(at) - now.getTime();
  return leftMs <= 0 || leftMs > waitMs + CLOCK_SKEW_MS;
};
