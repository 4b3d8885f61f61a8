import { catalogue, type PaymentEvent, streams } from "@touchline/contracts";
import { type ConsumeOptions, decodeEventMessage } from "@touchline/messaging";
import type { FollowUp } from "./follow-up.ts";

/** Events after which something may have to be done at GoCardless. */
const relevant: ReadonlySet<string> = new Set<PaymentEvent["type"]>([
  "PaymentFulfilled",
  "PaymentStatusChanged",
  "PaymentLinkClosed",
  "PaymentLinkReopened",
  "MandateActivated",
  "MandateFailed",
  "MandateReplaced",
  "SubscriptionEnded",
]);

/** Does at GoCardless what is due, after each event that may have made it so. */
export const followUpConsumer = (
  followUp: FollowUp,
): Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle"> => ({
  stream: streams.events,
  durable: "payment-link-follow-up",
  filter: "events.payment.>",
  concurrency: 16,
  handle: async (delivery) => {
    // Most events make nothing due: they are not even decoded.
    if (!relevant.has(delivery.subject.split(".")[2] ?? "")) return "done";
    const message = decodeEventMessage(delivery);
    if (!message) return "poison";
    if (catalogue.get(message.type)?.faults(message.data).length !== 0) return "poison";
    const event = { type: message.type, data: message.data } as PaymentEvent;
    const linkId = "billingRequestId" in event.data ? event.data.billingRequestId : "";
    const { id, correlationId, traceparent } = message;
    const cause = { service: "payment-link", id, correlationId, traceparent };
    if (event.type === "PaymentFulfilled" && event.data.mandateId) {
      await followUp.checkMandate(linkId, event.data.mandateId, cause);
    }
    const outcome = await followUp.bringUpToDate(linkId, cause);
    // The refusal is on the link's stream; the message waits where an operator can send it again.
    return outcome === "refused" ? "poison" : "done";
  },
});
