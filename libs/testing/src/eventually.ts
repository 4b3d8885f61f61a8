import { systemRuntime } from "@touchline/service/runtime";

const LOOK_EVERY_MS = 20;

/** Waits until `find` finds something, for as long as the test's own time-out allows. */
export const eventually = async <T>(
  find: () => Promise<T | undefined | false> | T | undefined | false,
  everyMs = LOOK_EVERY_MS,
): Promise<T> => {
  const { sleep } = systemRuntime();
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await sleep(everyMs);
  }
};
