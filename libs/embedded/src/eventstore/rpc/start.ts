import { unknown } from "./failure.ts";
import type { From } from "./read-request.ts";

const LARGEST_LONG = 2n ** 63n - 1n;
const END = 2n ** 64n - 1n;

/** The largest number that SQLite, JavaScript and the protocol all support; nothing is stored there. */
const BEYOND_ALL = Number.MAX_SAFE_INTEGER - 1;

const noStart = (): Error => unknown("Exception was thrown by handler.");

/** The revision to start from. Numbers too large to exist mean "beyond the end". */
export function startRevision(from: From<{ revision: bigint }>): number | "end" {
  if (from === undefined) throw noStart();
  if (from.kind !== "at") return from.kind === "start" ? 0 : "end";
  return inRange(from.revision);
}

/** There are two ways to say END. */
export const isEnd = (from: From<{ commit: bigint; prepare: bigint }>): boolean =>
  from?.kind === "end" || (from?.kind === "at" && from.commit === END && from.prepare === END);

/** The position to start from. START and END become numbers too, so that reading has no special cases. */
export function startPosition(from: From<{ commit: bigint; prepare: bigint }>, backwards: boolean): number {
  if (from === undefined) throw noStart();
  if (from.kind === "end") return BEYOND_ALL;
  // Backwards from the start there is nothing, because the position itself is excluded.
  if (from.kind === "start") return backwards ? 0 : -1;
  const commit = inRange(from.commit);
  const prepare = inRange(from.prepare);
  if (commit === "end" || prepare === "end") return BEYOND_ALL;
  if (from.commit < from.prepare) throw unknown("The commit position cannot be less than the prepare position.");
  return commit;
}

function inRange(value: bigint): number | "end" {
  if (value === END) return "end";
  if (value > LARGEST_LONG) throw unknown(`${value} is out of range.`);
  return Math.min(Number(value), BEYOND_ALL);
}
