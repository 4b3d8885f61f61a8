import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@touchline/contracts";
import type { Logger, Metrics } from "@touchline/service";
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, isBrokenCircuitError } from "cockatiel";
import { Answer, type Guard } from "./gocardless.ts";

export interface BreakerOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Faults in a row after which GoCardless counts as down. */
  readonly threshold?: number;
  /** How often a GoCardless that is down is asked whether it is back. */
  readonly probeEveryMs?: number;
}

export interface Breaker {
  /** For people who wait: refuses at once while GoCardless is down, and never serves as its test. */
  readonly taps: Guard;
  /** For work that can wait. */
  readonly background: Guard;
  readonly open: () => boolean;
  /** Starts asking `probe` whenever GoCardless is down. */
  readonly watch: (probe: () => Promise<void>) => void;
}

/** One circuit for all calls to GoCardless: what the background learns spares the parents the wait. */
export const createBreaker = ({
  log,
  metrics,
  signal,
  threshold = 4,
  probeEveryMs = 1_000,
}: BreakerOptions): Breaker => {
  const calls = metrics.counter("touchline_gocardless_calls_total", "Calls to GoCardless.", ["operation", "outcome"]);
  const seconds = metrics.histogram("touchline_gocardless_call_seconds", "How long GoCardless took to answer.", [
    "operation",
  ]);
  const policy = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: probeEveryMs / 2,
    breaker: new ConsecutiveBreaker(threshold),
  });
  const isOpen = () => policy.state !== CircuitState.Closed;
  metrics.gauge("touchline_gocardless_circuit_open", "1 while GoCardless counts as down.", [], (g) =>
    g.set(isOpen() ? 1 : 0),
  );

  const background: Guard = async (operation, call) => {
    const stop = seconds.startTimer({ operation });
    try {
      // Whatever is not an outage must not look like one, nor leave a circuit that is being tried undecided.
      const result = await policy.execute(() => call().then((value) => ({ value }), answered));
      if ("error" in result) throw result.error;
      stop();
      calls.inc({ operation, outcome: "ok" });
      return result.value;
    } catch (error) {
      if (isBrokenCircuitError(error)) {
        calls.inc({ operation, outcome: "not_tried" });
        throw down();
      }
      stop();
      calls.inc({ operation, outcome: outcomeOf(error) });
      throw error;
    }
  };
  const taps: Guard = (operation, call) => (isOpen() ? Promise.reject(down()) : background(operation, call));

  const watch = (probe: () => Promise<void>) => {
    let probing = false;
    policy.onBreak(() => {
      log.warn("GoCardless counts as down");
      if (probing) return;
      probing = true;
      void probeUntilBack().finally(() => {
        probing = false;
      });
    });
    policy.onReset(() => log.info("GoCardless is back"));
    const probeUntilBack = async () => {
      while (isOpen() && !signal.aborted) {
        await sleep(probeEveryMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
        if (isOpen() && !signal.aborted) await probe().catch(() => {});
      }
    };
  };

  return { taps, background, watch, open: isOpen };
};

const isOutage = (error: unknown): boolean => error instanceof Fault && error.code === "provider_unavailable";

const answered = (error: unknown): { error: unknown } => {
  if (isOutage(error)) throw error;
  return { error };
};

const down = () => new Fault("provider_unavailable", { detail: "(GoCardless counts as down; not asked)" });

const outcomeOf = (error: unknown): string => {
  if (error instanceof Answer) return error.problem.kind;
  return error instanceof Fault ? error.code : "defect";
};
