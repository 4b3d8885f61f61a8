import { type Runtime, systemRuntime } from "./runtime.ts";
import { withTimeout } from "./time-out.ts";

/** Throws, or answers a reason, when the dependency does not work. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>;
}

export interface Health {
  add(name: string, check: HealthCheck): void;
  report(): Promise<HealthReport>;
}

const CHECK_TIMEOUT_MS = 2_000;

export const createHealth = (runtime: Runtime = systemRuntime()): Health => {
  const checks = new Map<string, HealthCheck>();
  return {
    add: (name, check) => void checks.set(name, check),
    report: async () => {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await run(check, runtime)] as const),
      );
      return { ready: results.every(([, r]) => r.ok), checks: Object.fromEntries(results) };
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
