/** A virtual clock: planned work happens in order of time, and for equal times in order of planning. */
export interface Agenda {
  /** A time in the past counts as now. */
  readonly at: (atMs: number, act: (now: Date) => void) => void;
  readonly runUntil: (endMs: number) => void;
}

export const createAgenda = (): Agenda => {
  const planned: { readonly atMs: number; readonly act: (now: Date) => void }[] = [];
  let nowMs = Number.NEGATIVE_INFINITY;

  /** The first place whose time is later. */
  const placeOf = (atMs: number): number => {
    let low = 0;
    let high = planned.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // The last element is the next one to happen.
      if ((planned[middle]?.atMs ?? 0) > atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    at: (atMs, act) => {
      const entry = { atMs: Math.max(atMs, nowMs), act };
      planned.splice(placeOf(entry.atMs), 0, entry);
    },
    runUntil: (endMs) => {
      for (let next = planned.at(-1); next && next.atMs < endMs; next = planned.at(-1)) {
        planned.pop();
        nowMs = next.atMs;
        next.act(new Date(nowMs));
      }
    },
  };
};
