import type { Health, Runtime } from "@touchline/service";

export interface HeartbeatOptions {
  /**
   * Requested each minute while all is well. The service behind it raises the alarm when the requests stop. Contains a token, so
   * never logged.
   */
  readonly url: string;
  /** The readiness of the other services. */
  readonly checks: readonly string[];
  readonly health: Pick<Health, "report">;
  readonly log: { readonly warn: (sentence: string) => void };
  /** Whether a URL answers with success before the signal aborts. */
  readonly ask: (url: string, signal: AbortSignal) => Promise<boolean>;
  readonly runtime: Pick<Runtime, "after" | "sleep">;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;
const TIMEOUT_MS = 5_000;

/** A dead man's switch. Monitoring on this machine or network would go silent together with Touchline. */
export const sendHeartbeats = async (options: HeartbeatOptions): Promise<void> => {
  const { url, log, runtime, signal, everyMs = EVERY_MS } = options;
  while (!signal.aborted) {
    if (await isWell(options)) {
      if (!(await answers(url, options)))
        log.warn("the heartbeat URL does not answer; the monitoring service will raise the alarm");
    } else if (!signal.aborted)
      log.warn("no heartbeat, because a service is not ready: see /health/ready of each service");
    await runtime.sleep(everyMs, signal);
  }
};

const isWell = async (options: HeartbeatOptions): Promise<boolean> => {
  const { health, checks } = options;
  const others = Promise.all(checks.map((check) => answers(check, options)));
  return (await health.report()).ready && (await others).every(Boolean);
};

const answers = async (url: string, { ask, runtime, signal }: HeartbeatOptions): Promise<boolean> => {
  const ending = new AbortController();
  const cancel = runtime.after(TIMEOUT_MS, () => ending.abort());
  try {
    return await ask(url, AbortSignal.any([signal, ending.signal]));
  } catch {
    return false;
  } finally {
    cancel();
  }
};
