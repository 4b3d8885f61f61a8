import { Fault } from "@touchline/contracts";
import { backoffMs } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";

/** How long we try to store an outcome. */
const RECORDING_MS = 30_000;

const RETRY = { firstMs: 100, maxMs: 2_000 };

/** Retries on faults: a provider's answer must not be lost because the event store is away for a moment. */
export const persistently = async <T>(
  { monotonicMs, random, sleep }: Pick<Runtime, "monotonicMs" | "random" | "sleep">,
  work: () => Promise<T>,
): Promise<T> => {
  const deadlineMs = monotonicMs() + RECORDING_MS;
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || monotonicMs() > deadlineMs) throw error;
      await sleep(backoffMs(failures, RETRY, random));
    }
  }
};
