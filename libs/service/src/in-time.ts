import { setTimeout as sleep } from "node:timers/promises";

/** Long for a server that works, short for somebody who measures. */
const IN_TIME_MS = 1_500;

/**
 * For gauges that ask a server: its answer, or undefined when it fails or is late. A server that hangs must not hide what
 * the process has to say besides.
 */
export const inTime = async <T>(asked: Promise<T>, withinMs = IN_TIME_MS): Promise<T | undefined> => {
  const over = new AbortController();
  const late = sleep(withinMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    over.abort();
    asked.catch(() => {}); // A late failure has nobody left to tell.
  }
};
