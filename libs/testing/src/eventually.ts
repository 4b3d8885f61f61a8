import { systemRuntime } from "@touchline/service/runtime";

const LOOK_EVERY_MS = 20;
const LOOK_AT_LEAST_EVERY_MS = 200;
/** A look costs processor time, here and in the process that is asked, which both may be waiting for. */
const SHARE_OF_WAIT = 0.1;

/**
 * Waits until `find` finds something, for as long as the test's own time-out allows. The longer it has waited, the less often it
 * looks, so that it notices at most a tenth, and never more than 0.2 s, too late.
 */
export const eventually = async <T>(
  find: () => Promise<T | undefined | false> | T | undefined | false,
  everyMs = LOOK_EVERY_MS,
): Promise<T> => {
  const { sleep, monotonicMs } = systemRuntime();
  const since = monotonicMs();
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    const waitedMs = monotonicMs() - since;
    await sleep(Math.max(everyMs, Math.min(waitedMs * SHARE_OF_WAIT, LOOK_AT_LEAST_EVERY_MS)));
  }
};
