import { catalogue, type PaymentEvent, streams } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { type ConsumeOptions, decodeEventMessage } from "@touchline/messaging";
import type { FollowUp } from "./follow-up.ts";

/** Events after which something may have to be done at GoCardless. */
export const relevant: ReadonlySet<StoredEvent["type"]> = new Set<PaymentEvent["type"]>([
  "PaymentFulfilled",
  "BankAuthorisationFailed",
  "MoneyElsewhereRequested",
  "MoneyElsewhereRecorded",
  "PaymentStatusChanged",
  "PaymentLinkClosed",
  "PaymentLinkReopened",
  "PaymentLinkAmended",
  "MandateActivated",
  "MandateFailed",
  "MandateReplaced",
  "MandateTransferred",
  "SubscriptionEnded",
  "MonthlyFeeMissed",
  "MonthlyPaymentCreated",
  "MonthlyPaymentCollected",
  "MonthlyPaymentPaidOut",
  "MonthlyPaymentFailed",
  "MonthlyPaymentRetried",
  "MonthlyPaymentSkipped",
  "MonthlyPaymentChargedBack",
  // A fee that fails and is then collected after all may have been paid twice.
  "PaymentConfirmed",
  "PaymentFailed",
  "PaymentResubmitted",
  "PaymentChargedBack",
  "PaymentChargebackCancelled",
  "RefundRequested",
  "RefundCreated",
  "RefundPaid",
  "RefundReturned",
]);

/** Does at GoCardless what each event may have made due. */
export const followUpConsumer = (
  followUp: FollowUp,
): Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle"> => ({
  stream: streams.events,
  durable: "payment-link-follow-up",
  filter: "events.payment.>",
  concurrency: 16,
  handle: async (delivery) => {
    // Most events make nothing due: they are skipped undecoded.
    if (!(relevant as ReadonlySet<string>).has(delivery.subject.split(".")[2] ?? "")) return "done";
    const message = decodeEventMessage(delivery);
    if (!message) return "poison";
    if (catalogue.get(message.type)?.faults(message.data).length !== 0) return "poison";
    const event = { type: message.type, data: message.data } as PaymentEvent;
    const linkId = "billingRequestId" in event.data ? event.data.billingRequestId : "";
    const { id, correlationId, traceparent } = message;
    const cause = { service: "payment-link", id, correlationId, traceparent };
    const fresh = event.type === "PaymentFulfilled" || event.type === "MandateTransferred";
    if (fresh && event.data.mandateId) await followUp.checkMandate(linkId, event.data.mandateId, cause);
    const outcome = await followUp.bringUpToDate(linkId, cause);
    // The refusal is in the link's stream. The message becomes a dead letter, which an operator can send again.
    return outcome === "refused" ? "poison" : "done";
  },
});
