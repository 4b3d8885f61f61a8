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

export const createHealth = (): Health => {
  const checks = new Map<string, HealthCheck>();
  return {
    add: (name, check) => void checks.set(name, check),
    report: async () => {
      const results = await Promise.all([...checks].map(async ([name, check]) => [name, await run(check)] as const));
      return { ready: results.every(([, r]) => r.ok), checks: Object.fromEntries(results) };
    },
  };
};

const run = async (check: HealthCheck): Promise<{ ok: boolean; reason?: string }> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    const reason = await Promise.race([check(), late]);
    return reason ? { ok: false, reason } : { ok: true };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
};
