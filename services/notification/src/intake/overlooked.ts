import { handleOverlooked, recoveredCounter } from "@touchline/event-store";
import { logFields } from "@touchline/service";
import type { Parts } from "../parts.ts";
import { askingTypes, type createTextCatchUp } from "./handle.ts";
import type { createRedaction } from "./redact.ts";

/** What was asked for, and no message said so. */
interface CatchUp {
  readonly text: ReturnType<typeof createTextCatchUp>;
  readonly redact: ReturnType<typeof createRedaction>;
}

/** Looks now and then for texts that were asked for, and for those to be emptied, though no message said so, until the service stops. */
export const catchUpTexts = (
  { text, redact }: CatchUp,
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
    prefixes: ["payment-", "registration-", "sms-"],
    types: new Set([...askingTypes, "SmsRedactionDue"]),
    handle: async (event) => {
      if (event.type !== "SmsRedactionDue") return text(event);
      // A search continues for minutes, and its consumer keeps at it.
      if (event.data.search) return false;
      const cause = { id: event.id, traceparent: event.metadata.traceparent };
      return (await redact(event.stream.slice("sms-".length), cause)) === "done";
    },
    onRecovered: ({ type, metadata }) => {
      recovered.inc({ kind: kindOf(type) });
      log.warn(
        { ...logFields(metadata.$correlationId, metadata.traceparent), type },
        "done late: no message had brought it",
      );
    },
    onFailed: (err) => log.warn({ err }, "what was overlooked could not be done; trying again"),
  });
};

const kindOf = (type: string): string =>
  type === "PaymentTokenCreated" ? "text" : type === "SmsRedactionDue" ? "erasure" : "change";
