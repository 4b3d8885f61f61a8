import { type Runtime, systemRuntime } from "./runtime.ts";
import { withTimeout } from "./time-out.ts";

/** Throws, or returns a reason, when the dependency does not work. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export interface HealthReport {
  /** Whether requests may come: every check that they need has passed. */
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>;
}

export interface HealthOptions {
  /** False for a dependency that the service reports but can do without: it still gets requests. */
  readonly neededForTraffic?: boolean;
}

export interface Health {
  add(name: string, check: HealthCheck, options?: HealthOptions): void;
  report(): Promise<HealthReport>;
}

const CHECK_TIMEOUT_MS = 2_000;

export const createHealth = (runtime: Runtime = systemRuntime()): Health => {
  const checks = new Map<string, { check: HealthCheck; needed: boolean }>();
  return {
    add: (name, check, { neededForTraffic = true } = {}) => void checks.set(name, { check, needed: neededForTraffic }),
    report: async () => {
      const results = await Promise.all(
        [...checks].map(async ([name, { check }]) => [name, await run(check, runtime)] as const),
      );
      const ready = results.every(([name, { ok }]) => ok || !checks.get(name)?.needed);
      return { ready, checks: Object.fromEntries(results) };
    },
  };
};

const run = async (check: HealthCheck, runtime: Runtime): Promise<{ ok: boolean; reason?: string }> => {
  try {
    const late = () => `no answer within ${CHECK_TIMEOUT_MS} ms`;
    const reason = await withTimeout(Promise.resolve(check()), CHECK_TIMEOUT_MS, late, runtime);
    return reason ? { ok: false, reason } : { ok: true };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
};
