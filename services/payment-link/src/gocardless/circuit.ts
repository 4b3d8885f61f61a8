import { Fault } from "@touchline/contracts";
import type { Logger, Metrics, Runtime } from "@touchline/service";
import type { Guard } from "./calls.ts";
import { ProblemAnswer, SlowDown } from "./errors.ts";

export interface CircuitOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "monotonicMs" | "random" | "sleep">;
  /** Faults in a row after which GoCardless is considered down. */
  readonly threshold?: number;
  /** How often to ask whether GoCardless is back. */
  readonly probeEveryMs?: number;
}

export interface Circuit {
  /** Refuses at once while GoCardless is down, so that no parent waits for it. */
  readonly guard: Guard;
  /** The same for background work. After GoCardless has asked us to slow down, what is left of its limit is for parents. */
  readonly background: Guard;
  /** For the probe, which also calls while GoCardless is down. */
  readonly probing: Guard;
  readonly open: () => boolean;
  /** Sets the probe to call while GoCardless is down. */
  readonly watch: (probe: () => Promise<void>) => void;
}

/** One circuit for all calls to GoCardless: once background work finds that it is down, no parent has to wait. */
export const createCircuit = (options: CircuitOptions): Circuit => {
  const { log, metrics, signal, runtime, threshold = 4, probeEveryMs = 1_000 } = options;
  const measure = measured(options);
  let faultsInARow = 0;
  let open = false;
  let slowUntilMs = 0;
  let probe = async (): Promise<void> => {};
  metrics.gauge("touchline_gocardless_circuit_open", "1 while GoCardless is considered down.", [], (gauge) =>
    gauge.set(open ? 1 : 0),
  );

  const answered = () => {
    faultsInARow = 0;
    if (open) log.info("GoCardless answers again");
    open = false;
  };
  const failed = () => {
    faultsInARow++;
    if (open || faultsInARow < threshold) return;
    open = true;
    log.warn("GoCardless is considered down; only probes are sent until it answers");
    void probeUntilBack();
  };
  const probeUntilBack = async () => {
    while (open && !signal.aborted) {
      await runtime.sleep(probeEveryMs * (0.75 + runtime.random() / 2), signal);
      // The probe's guard records the result.
      if (open && !signal.aborted) await probe().catch(() => {});
    }
  };

  const watch: Circuit["watch"] = (given) => {
    probe = given;
  };

  const probing: Guard = async (operation, call) => {
    try {
      const result = await measure.call(operation, call);
      answered();
      return result;
    } catch (error) {
      // A refusal is an answer too.
      if (isOutage(error)) failed();
      else answered();
      if (error instanceof SlowDown) slowUntilMs = runtime.monotonicMs() + error.waitMs;
      throw error;
    }
  };
  const guard: Guard = (operation, call) => {
    if (!open) return probing(operation, call);
    measure.notTried(operation);
    return Promise.reject(
      new Fault("provider_unavailable", { detail: "(GoCardless is considered down, so it was not called)" }),
    );
  };

  const background: Guard = (operation, call) => {
    const leftMs = slowUntilMs - runtime.monotonicMs();
    if (leftMs <= 0) return guard(operation, call);
    measure.notTried(operation);
    return Promise.reject(new SlowDown("called too often before", leftMs));
  };

  return { guard, background, probing, open: () => open, watch };
};

const measured = ({ metrics, runtime }: CircuitOptions) => {
  const calls = metrics.counter("touchline_gocardless_calls_total", "Calls to GoCardless.", ["operation", "outcome"]);
  const seconds = metrics.histogram("touchline_gocardless_call_seconds", "How long GoCardless took to answer.", [
    "operation",
  ]);
  const call: Guard = async (operation, request) => {
    const sinceMs = runtime.monotonicMs();
    let outcome = "ok";
    try {
      return await request();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      seconds.observe({ operation }, (runtime.monotonicMs() - sinceMs) / 1_000);
      calls.inc({ operation, outcome });
    }
  };
  return { call, notTried: (operation: string) => calls.inc({ operation, outcome: "not_tried" }) };
};

const isOutage = (error: unknown): boolean => error instanceof Fault && error.code === "provider_unavailable";

const outcomeOf = (error: unknown): string => {
  if (error instanceof ProblemAnswer) return error.problem.kind;
  return error instanceof Fault ? error.code : "defect";
};
