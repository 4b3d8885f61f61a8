import type { Runtime } from "@touchline/service/runtime";
import type { Instance } from "./instances.ts";

const ASKED_EVERY_MS = 250;

/** Waits until each instance has handled another message, and names those that have not in time: their twins would hide it. */
export const idleAmong = async (
  instances: readonly Instance[],
  runtime: Runtime,
  withinMs: number,
): Promise<string[]> => {
  const end = runtime.monotonicMs() + withinMs;
  const isIdle = async (instance: Instance): Promise<boolean> => {
    let before: number | undefined;
    while (runtime.monotonicMs() < end) {
      const now = await Promise.race([instance.handled(), runtime.sleep(withinMs)]);
      if (before !== undefined && now !== undefined && now > before) return false;
      before ??= now ?? undefined;
      await runtime.sleep(ASKED_EVERY_MS);
    }
    return true;
  };
  const idle = await Promise.all(instances.map(isIdle));
  return instances.filter((_, i) => idle[i]).map(({ name }) => name);
};
