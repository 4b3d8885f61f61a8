import type { CancelTimer, Runtime } from "@touchline/service";

export interface Replication {
  /** Shows readers what one sync made durable, in order: now, later, or when there is a quorum again. */
  readonly replicate: (publish: () => void) => void;
  /** Delays both what readers see and the answers to appends. */
  readonly delayBy: (ms: number) => void;
  /** Whether a majority of the nodes is up. */
  readonly setQuorum: (there: boolean) => void;
}

/** The path from a leader's disk to its readers. */
export const createReplication = (runtime: Runtime): Replication => {
  const waiting: { publish: () => void; from: number }[] = [];
  let delayMs = 0;
  let quorum = true;
  let cancel: CancelTimer = () => {};

  const pump = () => {
    cancel();
    while (quorum) {
      const next = waiting[0];
      if (next === undefined) return;
      const leftMs = next.from + delayMs - runtime.monotonicMs();
      if (leftMs > 0) {
        cancel = runtime.after(leftMs, pump);
        return;
      }
      waiting.shift();
      next.publish();
    }
  };

  return {
    replicate: (publish) => {
      waiting.push({ publish, from: runtime.monotonicMs() });
      pump();
    },
    delayBy: (ms) => {
      delayMs = ms;
      pump();
    },
    setQuorum: (there) => {
      quorum = there;
      pump();
    },
  };
};
