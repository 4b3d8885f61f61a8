import type { ServiceContext, Tracing } from "@touchline/service";
import type { PaymentProvider } from "../payment/provider.ts";
import { createCircuit } from "./circuit.ts";
import { type GoCardlessOptions, goCardlessClient, goCardlessHost } from "./client.ts";
import { goCardlessProvider } from "./provider.ts";

/** A parent with a phone waits no longer than this for GoCardless; work in the background may. */
const TAP_TIMEOUT_MS = 4_000;
const BACKGROUND_TIMEOUT_MS = 15_000;

export interface ConnectOptions {
  readonly goCardless: Omit<GoCardlessOptions, "timeoutMs">;
  readonly context: Pick<ServiceContext, "log" | "metrics" | "runtime" | "signal">;
  readonly tracing?: Tracing | undefined;
}

/** GoCardless for parents who wait, and for work in the background, behind one circuit. */
export const connectGoCardless = ({
  goCardless,
  context,
  tracing,
}: ConnectOptions): Record<"forTaps" | "background", PaymentProvider> => {
  const { runtime } = context;
  const circuit = createCircuit(context);
  const quick = goCardlessClient({ ...goCardless, timeoutMs: TAP_TIMEOUT_MS });
  const patient = goCardlessClient({ ...goCardless, timeoutMs: BACKGROUND_TIMEOUT_MS });
  const traced = tracing && { tracing, host: goCardlessHost(goCardless) };
  // With the short time-out: an answer that takes longer is of no use to parents.
  const prober = goCardlessProvider(quick, circuit.probing, runtime, traced);
  circuit.watch(() => prober.probe());
  return {
    forTaps: goCardlessProvider(quick, circuit.guard, runtime, traced),
    background: goCardlessProvider(patient, circuit.guard, runtime, traced),
  };
};
