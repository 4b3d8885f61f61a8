import type { Runtime } from "@touchline/service";

/** Messages delivered and not acknowledged: when each is due again, and how often it was delivered. */
export const createUnacknowledged = (
  { monotonicMs, after }: Pick<Runtime, "monotonicMs" | "after">,
  onDue: () => void,
) => {
  const dueAtMs = new Map<number, number>();
  const counts = new Map<number, number>();
  /** Messages that are due, in the order of redelivery. */
  let due: number[] = [];
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  const wakeAt = (atMs: number): void => {
    if (timer && timer.atMs <= atMs) return;
    timer?.cancel();
    timer = { atMs, cancel: after(Math.max(atMs - monotonicMs(), 0), onTimer, { unref: true }) };
  };

  const onTimer = (): void => {
    timer = undefined;
    const nowMs = monotonicMs();
    const waiting = [...dueAtMs].filter(([seq]) => !due.includes(seq));
    const late = waiting.filter(([, atMs]) => atMs <= nowMs).map(([seq]) => seq);
    due.push(...late.sort((a, b) => a - b));
    for (const [, atMs] of waiting) if (atMs > nowMs) wakeAt(atMs);
    onDue();
  };

  const dueIn = (seq: number, ms: number): void => {
    dueAtMs.set(seq, monotonicMs() + ms);
    wakeAt(monotonicMs() + ms);
  };

  return {
    size: () => dueAtMs.size,
    has: (seq: number) => dueAtMs.has(seq),
    first: () => Math.min(...dueAtMs.keys()),
    redelivered: () => [...counts.values()].filter((count) => count > 1).length,
    /** Counts one more delivery and returns the total. */
    give: (seq: number, ackWaitMs: number): number => {
      const count = (counts.get(seq) ?? 0) + 1;
      counts.set(seq, count);
      dueIn(seq, ackWaitMs);
      return count;
    },
    dueIn,
    dueNow: (seq: number): void => {
      if (!due.includes(seq)) due.push(seq);
    },
    nextDue: (): number | undefined => due.shift(),
    forget: (seq: number): void => {
      dueAtMs.delete(seq);
      counts.delete(seq);
      due = due.filter((other) => other !== seq);
    },
    stop: () => timer?.cancel(),
  };
};
