import type { Runtime } from "@touchline/service/runtime";

/** Watches whether appends work. Tries nothing itself until one has failed. */
export interface AppendWatch {
  /** `begunAt` is when the failed append began, by the monotonic clock. */
  failed(begunAt: number): void;
  /** 0 while appends work, as far as is known. */
  failingForMs(): number;
  stop(): void;
}

const TRY_MS = 2_000;

/**
 * After a failed append, calls `tryAppend` every two seconds until it has stored something. Nothing else proves that appends work: a
 * store without room still answers a repeat with "done". `tryAppend` may take a few seconds at most.
 */
export const watchAppends = (runtime: Runtime, tryAppend: () => Promise<boolean>): AppendWatch => {
  const ending = new AbortController();
  let failingSince: number | undefined;

  const tryUntilItWorks = async () => {
    while (failingSince !== undefined && !ending.signal.aborted) {
      await runtime.sleep(TRY_MS, ending.signal);
      if (ending.signal.aborted) return;
      try {
        if (await tryAppend()) failingSince = undefined;
      } catch {
        // Still failing: `failingForMs` shows it, and the next round tries again.
      }
    }
  };

  return {
    failed: (begunAt) => {
      if (failingSince !== undefined) return;
      failingSince = begunAt;
      void tryUntilItWorks();
    },
    failingForMs: () => (failingSince === undefined ? 0 : runtime.monotonicMs() - failingSince),
    stop: () => ending.abort(),
  };
};
