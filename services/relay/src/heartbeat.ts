import type { Health, Runtime } from "@touchline/service";

export interface HeartbeatOptions {
  /** Asked each minute while all is well; what answers there raises the alarm when it is not asked. Holds a token: never logged. */
  readonly url: string;
  /** The readiness of the other services. */
  readonly checks: readonly string[];
  readonly health: Pick<Health, "report">;
  readonly log: { readonly warn: (sentence: string) => void };
  /** Whether a URL answers with success, before the signal aborts. */
  readonly ask: (url: string, signal: AbortSignal) => Promise<boolean>;
  readonly runtime: Pick<Runtime, "after" | "sleep">;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;
const TIMEOUT_MS = 5_000;

/** A dead man's switch: what watches Touchline from this machine or network goes silent with it. */
export const keepBeating = async (options: HeartbeatOptions): Promise<void> => {
  const { url, log, runtime, signal, everyMs = EVERY_MS } = options;
  while (!signal.aborted) {
    if (await isWell(options)) {
      if (!(await answers(url, options))) log.warn("the heartbeat's URL does not answer; it will raise the alarm");
    } else if (!signal.aborted)
      log.warn("not all is well, so there is no heartbeat: /health/ready of each service says why");
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
