import { handleOverlooked, recoveredCounter } from "@touchline/event-store";
import { logFields } from "@touchline/service";
import type { Parts } from "../parts.ts";
import { askingTypes, type createTextCatchUp } from "./handle.ts";

/** Looks each minute for texts that were asked for, though no message said so, until the service stops. */
export const catchUpTexts = (
  handle: ReturnType<typeof createTextCatchUp>,
  {
    context: { log, metrics, signal },
    runtime,
    store,
    config,
  }: Pick<Parts, "context" | "runtime" | "store" | "config">,
): Promise<void> => {
  const recovered = recoveredCounter(metrics);
  return handleOverlooked({
    store,
    times: config.recovery,
    runtime,
    signal,
    prefixes: ["payment-", "registration-"],
    types: new Set(askingTypes),
    handle,
    onRecovered: ({ type, metadata }) => {
      recovered.inc({ kind: type === "PaymentTokenCreated" ? "text" : "change" });
      log.warn(
        { ...logFields(metadata.$correlationId, metadata.traceparent), type },
        "done late: no message had brought it",
      );
    },
    onFailed: (err) => log.warn({ err }, "what was overlooked could not be done; trying again"),
  });
};
