import { handleOverlooked, recoveredCounter } from "@touchline/event-store";
import { logFields } from "@touchline/service";
import type { Parts } from "../parts.ts";
import { askingTypes, type createTextCatchUp } from "./handle.ts";
import type { createRedaction } from "./redact.ts";

/** Handlers for stored work whose message never came. */
interface CatchUp {
  readonly text: ReturnType<typeof createTextCatchUp>;
  readonly redact: ReturnType<typeof createRedaction>;
}

/**
 * Looks now and then, until the service stops, for stored events that ask for texts or redactions and whose message never
 * came.
 */
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
      // A search takes minutes, and its consumer is still at work.
      if (event.data.search) return false;
      const cause = { id: event.id, traceparent: event.metadata.traceparent };
      return (await redact(event.stream.slice("sms-".length), cause)) === "done";
    },
    onRecovered: ({ type, metadata }) => {
      recovered.inc({ kind: kindOf(type) });
      log.warn(
        { ...logFields(metadata.$correlationId, metadata.traceparent), type },
        "handled late: no message arrived for this event",
      );
    },
    onFailed: (err) => log.warn({ err }, "the search for overlooked work failed; trying again"),
  });
};

const kindOf = (type: string): string =>
  type === "PaymentTokenCreated" ? "text" : type === "SmsRedactionDue" ? "erasure" : "change";
