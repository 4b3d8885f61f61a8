import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../prometheus.ts";
import type { Running, ServiceName } from "../running.ts";
import type { TamperingProxy } from "../tampering-proxy.ts";

/** Something that goes wrong, and the alerts that it raises. */
export interface InjectedFailure {
  readonly what: string;
  readonly raises: readonly string[];
  /** Makes it go wrong. */
  readonly make?: () => Promise<unknown>;
  /** Repeated while the failure lasts, because without traffic nobody notices it. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly fix?: () => Promise<unknown>;
}

export interface Scene {
  readonly touchline: Running;
  /** Between payment-link and GoCardless. */
  readonly goCardless: TamperingProxy;
  /** The value in Prometheus; undefined while there is none. */
  readonly value: (query: string) => Promise<number | undefined>;
}

export const atOnce = (count: number, call: (i: number) => Promise<unknown>) =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => call(i)));

export const post = (url: string, headers: Record<string, string>, body: string) =>
  fetch(url, { method: "POST", headers, body });

export const tap = async (link: string): Promise<number> => {
  const answer = await fetch(link, { redirect: "manual", headers: { "user-agent": "Mozilla/5.0 (iPhone)" } });
  await answer.arrayBuffer();
  return answer.status;
};

export const kill = ({ stack }: Running, service: string, signal: NodeJS.Signals) =>
  process.kill(stack.pid(service) as number, signal);

/** Services reconnect to the store by themselves, a moment after it has started. */
export const takesRegistrations = (touchline: Running) =>
  until(() =>
    touchline.register(1).then(
      () => true,
      () => false,
    ),
  );

/** Waits until a service that was killed, or that lacks something, works again. */
export const isReady = ({ targets }: Running, service: ServiceName) =>
  until(() =>
    fetch(`http://${targets[service]}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );

/** Gives a process the processor for a fifth of a second, then takes it away for more than half a second, and so on. */
export const starve = (pid: number) => {
  const ending = new AbortController();
  const signal = (name: NodeJS.Signals) => process.kill(pid, name);
  const starving = (async () => {
    while (!ending.signal.aborted) {
      signal("SIGSTOP");
      await sleep(600);
      signal("SIGCONT");
      await sleep(200);
    }
  })();
  return () => {
    ending.abort();
    return starving;
  };
};
