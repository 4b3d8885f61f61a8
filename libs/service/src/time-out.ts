import type { Runtime } from "./runtime.ts";

/**
 * Settles as `work` does, or as `late` does when `work` takes longer than `ms`. The work itself goes on, but its result is then
 * ignored.
 */
export const withTimeout = async <T, L>(
  work: Promise<T>,
  ms: number,
  late: () => L,
  runtime: Pick<Runtime, "after">,
): Promise<T | L> => {
  const over = Promise.withResolvers<L>();
  const cancel = runtime.after(ms, () => {
    try {
      over.resolve(late());
    } catch (error) {
      over.reject(error);
    }
  });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    cancel();
    work.catch(() => {}); // Nobody is waiting for a late failure.
  }
};

/** Ample for a healthy server, and short enough for a scrape. */
const IN_TIME_MS = 1_500;

/**
 * For gauges that ask a server: the answer, or undefined when the call fails or is late. A server that hangs must not hide the
 * process's other metrics.
 */
export const inTime = <T>(
  asked: Promise<T>,
  runtime: Pick<Runtime, "after">,
  withinMs = IN_TIME_MS,
): Promise<T | undefined> => withTimeout(asked, withinMs, () => undefined, runtime).catch(() => undefined);
