/** Work that is planned for a given time. */
export interface Timer {
  readonly atMs: number;
  /** If two timers have the same time, the one that was set first fires first. */
  readonly order: number;
  readonly work: () => void;
  cancelled: boolean;
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Timers by time, in a binary heap, because a run has some hundred thousand. */
export const createTimers = () => {
  const heap: Timer[] = [];
  let order = 0;

  const up = (timer: Timer): void => {
    let i = heap.push(timer) - 1;
    for (let parent = (i - 1) >> 1; i > 0; i = parent, parent = (i - 1) >> 1) {
      const other = heap[parent] as Timer;
      if (!isBefore(timer, other)) break;
      heap[i] = other;
      heap[parent] = timer;
    }
  };

  const down = (timer: Timer): void => {
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child++;
      const other = heap[child] as Timer;
      if (isBefore(timer, other)) break;
      heap[i] = other;
      i = child;
    }
    heap[i] = timer;
  };

  const take = (): Timer | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (first && last && heap.length > 0) down(last);
    return first;
  };

  return {
    set: (atMs: number, work: () => void): Timer => {
      const timer = { atMs, order: order++, work, cancelled: false };
      up(timer);
      return timer;
    },
    /** The next timer that was not cancelled, if it is due by then. */
    takeDue: (untilMs: number): Timer | undefined => {
      while (heap[0] && (heap[0].cancelled || heap[0].atMs <= untilMs)) {
        const timer = take();
        if (timer && !timer.cancelled) return timer;
      }
      return undefined;
    },
  };
};
