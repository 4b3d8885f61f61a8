import type { Runtime } from "@touchline/service/runtime";

/** Watches whether appends work. Tries nothing itself until one has failed. */
export interface AppendWatch {
  worked(): void;
  /** `begunAt` is when the failed append began, by the monotonic clock. */
  failed(begunAt: number): void;
  /** 0 while appends work. */
  failingForMs(): number;
  stop(): void;
}

const TRY_MS = 1_000;

/**
 * After a failed append, calls `tryAppend` every second until an append works. `tryAppend` may take a few seconds at most, and
 * resolves with whether it appended.
 */
export const watchAppends = (runtime: Runtime, tryAppend: () => Promise<boolean>): AppendWatch => {
  const ending = new AbortController();
  let failingSince: number | undefined;

  const worked = () => {
    failingSince = undefined;
  };

  const tryUntilItWorks = async () => {
    while (failingSince !== undefined && !ending.signal.aborted) {
      await runtime.sleep(TRY_MS, ending.signal);
      if (failingSince === undefined || ending.signal.aborted) return;
      try {
        if (await tryAppend()) worked();
      } catch {
        // Still failing: `failingForMs` shows it, and the next round tries again.
      }
    }
  };

  return {
    worked,
    failed: (begunAt) => {
      if (failingSince !== undefined) return;
      failingSince = begunAt;
      void tryUntilItWorks();
    },
    failingForMs: () => (failingSince === undefined ? 0 : runtime.monotonicMs() - failingSince),
    stop: () => ending.abort(),
  };
};
