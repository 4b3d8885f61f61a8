import type { Runtime } from "./runtime.ts";

/**
 * What `work` resolves with, or what `late` returns or throws when that takes longer than `ms`. The work itself continues; how it
 * ends is then ignored.
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
    work.catch(() => {}); // A late failure has no one left to go to.
  }
};

/** Long for a server that works, short for a scrape. */
const IN_TIME_MS = 1_500;

/**
 * For gauges that ask a server: its answer, or undefined when it fails or is late. A server that hangs must not hide the
 * process's other metrics.
 */
export const inTime = <T>(
  asked: Promise<T>,
  runtime: Pick<Runtime, "after">,
  withinMs = IN_TIME_MS,
): Promise<T | undefined> => withTimeout(asked, withinMs, () => undefined, runtime).catch(() => undefined);
