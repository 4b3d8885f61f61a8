import type { Head } from "./heads.ts";
import type { EventReader } from "./reader.ts";

/** The first revision of a stream that its metadata leaves visible; one above the last when none is. */
export function firstVisible(reader: EventReader, head: Head, nowMs: number): number {
  const { id, lastRevision, metadata } = head;
  const { maxCount, maxAgeSeconds, truncateBefore } = metadata;
  const first = Math.max(0, truncateBefore ?? 0, maxCount === undefined ? 0 : lastRevision - maxCount + 1);
  if (maxAgeSeconds === undefined || id === undefined) return first;
  return firstCreatedFrom(reader, id, first, lastRevision, nowMs - maxAgeSeconds * 1000);
}

/** A binary search: a stream's events are in order of creation, and a scavenge removes the oldest. */
function firstCreatedFrom(reader: EventReader, stream: number, first: number, last: number, fromMs: number): number {
  let low = first;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const createdMs = reader.createdAt(stream, middle);
    if (createdMs === undefined || createdMs < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
