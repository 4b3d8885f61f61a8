import type { ServiceContext, Tracing } from "@touchline/service";
import type { MoneyProvider } from "../payment/money-provider.ts";
import type { PaymentProvider } from "../payment/provider.ts";
import { createCircuit } from "./circuit.ts";
import { type GoCardlessOptions, goCardlessClient, goCardlessHost } from "./client.ts";
import { goCardlessProvider, type ProviderOptions } from "./provider.ts";

/** A parent at a tap waits no longer than this for GoCardless; background work may. */
const TAP_TIMEOUT_MS = 4_000;
const BACKGROUND_TIMEOUT_MS = 15_000;

export interface ConnectOptions {
  readonly goCardless: Omit<GoCardlessOptions, "timeoutMs"> & Pick<ProviderOptions, "fallback">;
  readonly context: Pick<ServiceContext, "log" | "metrics" | "runtime" | "signal">;
  readonly tracing?: Tracing | undefined;
}

/** GoCardless for taps and for background work, behind one circuit. */
export const connectGoCardless = ({
  goCardless,
  context,
  tracing,
}: ConnectOptions): { readonly forTaps: PaymentProvider; readonly background: PaymentProvider & MoneyProvider } => {
  const { runtime } = context;
  const circuit = createCircuit(context);
  const quick = goCardlessClient({ ...goCardless, timeoutMs: TAP_TIMEOUT_MS });
  const patient = goCardlessClient({ ...goCardless, timeoutMs: BACKGROUND_TIMEOUT_MS });
  const { fallback = false } = goCardless;
  const options = { traced: tracing && { tracing, host: goCardlessHost(goCardless) }, fallback };
  // With the short time-out, because a slower answer is of no use to parents.
  const prober = goCardlessProvider(quick, circuit.probing, runtime, options);
  circuit.watch(() => prober.probe());
  return {
    forTaps: goCardlessProvider(quick, circuit.guard, runtime, options),
    background: goCardlessProvider(patient, circuit.background, runtime, options),
  };
};
