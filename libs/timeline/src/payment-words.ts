import type { PaymentEvent } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Description, Words } from "./description.ts";
import { plural, pounds } from "./words.ts";

interface Reported {
  readonly occurredAt: string;
  readonly via: "webhook" | "poll" | "read";
  readonly action: string;
  readonly cause?: string;
}

/** A report of GoCardless's, with how it reached us. Reports may come late, and in any order. */
const reported = (
  tone: Description["tone"],
  text: string,
  id: (string | undefined)[],
  data: Reported,
): Description => ({
  text,
  detail: [...id, data.cause, `at GoCardless ${londonTime(data.occurredAt)}`].filter(Boolean).join("; "),
  from: `GoCardless ${data.via}`,
  ...(tone && { tone }),
});

const statuses = {
  pending: "The payment is open",
  paid: "Paid",
  failed: "The payment failed: the fee is open again",
  charged_back: "Charged back: the fee is open again",
  cancelled: "The payment link is cancelled",
} as const;

const tones = { pending: "plain", paid: "good", failed: "bad", charged_back: "bad", cancelled: "bad" } as const;

const asks = (feePence: number, mandate: boolean) =>
  [feePence > 0 && pounds(feePence), mandate && "a Direct Debit mandate"].filter(Boolean).join(" and ") || "nothing";

export const paymentWords: Words<PaymentEvent> = {
  PaymentTokenCreated: ({ billingRequestId, origin, feePence, mandate }) => ({
    text: origin === "created" ? "The payment token was created" : "The chat's payment token was adopted",
    detail: `${billingRequestId}; asks for ${asks(feePence, mandate)}`,
    tone: "good",
  }),
  PaymentFlowCreated: ({ flowId, expiresAt }) => ({
    text: "A tap on the link opened a GoCardless page",
    detail: [flowId, expiresAt && `good until ${londonTime(expiresAt)}`].filter(Boolean).join("; "),
    from: "parent",
  }),
  PaymentLinkOpened: () => ({ text: "The link was tapped for the first time", from: "parent", tone: "good" }),
  PaymentStatusChanged: ({ status, since }) => ({
    text: statuses[status],
    detail: `since ${londonTime(since)}`,
    tone: tones[status],
  }),
  PaymentLinkReopened: ({ requestId, feePence, mandate }) => ({
    text: "The link asks again for what is owed",
    detail: `${requestId}; asks for ${asks(feePence, mandate)}`,
  }),
  PaymentLinkClosed: () => ({ text: "The link was closed: it asks for nothing more" }),
  PaymentFulfilled: (data) =>
    reported("good", "The parent finished the GoCardless page", [data.paymentId, data.mandateId], data),
  BankAuthorisationFailed: (data) => reported("bad", "The parent's bank did not let the payment through", [], data),
  PaymentConfirmed: (data) => reported("good", "GoCardless has the money", [data.paymentId], data),
  PaymentPaidOut: (data) => reported("good", "The club's bank has the money", [data.paymentId], data),
  PaymentFailed: (data) => reported("bad", "The payment failed", [data.paymentId], data),
  PaymentResubmitted: (data) => reported("plain", "The payment is being collected once more", [data.paymentId], data),
  PaymentChargedBack: (data) => reported("bad", "The payer's bank took the money back", [data.paymentId], data),
  PaymentChargebackCancelled: (data) =>
    reported("good", "The charge-back was withdrawn: the money is ours again", [data.paymentId], data),
  MandateActivated: (data) => reported("good", "The Direct Debit mandate can be used", [data.mandateId], data),
  MandateFailed: (data) => reported("bad", "The mandate cannot be used any more", [data.mandateId], data),
  MandateReplaced: (data) =>
    reported("plain", "Another mandate took its place", [data.mandateId, data.newMandateId], data),
  PaymentTokenCancelled: (data) =>
    reported(
      "bad",
      `The payment token was cancelled ${data.by === "us" ? "by us" : "at GoCardless"}`,
      [data.requestId],
      data,
    ),
  SubscriptionCreated: ({ subscriptionId, amountPence, startDate, payments }) => ({
    text: `Monthly payments of ${pounds(amountPence)} were set up`,
    detail: `${subscriptionId}; ${plural(payments, "payment")} from ${startDate}`,
    tone: "good",
  }),
  SubscriptionRefused: ({ code, reason }) => ({
    text: "GoCardless refused the monthly payments",
    detail: `${code}: ${reason}`,
    from: "GoCardless",
    tone: "bad",
  }),
  SubscriptionEnded: (data) => reported("plain", "The monthly payments ended", [data.subscriptionId], data),
  MonthlyPaymentCreated: (data) => reported("plain", "A monthly payment is being collected", [data.paymentId], data),
  MonthlyPaymentCollected: (data) => reported("good", "A monthly payment was collected", [data.paymentId], data),
  MonthlyPaymentFailed: (data) => reported("bad", "A monthly payment failed", [data.paymentId], data),
  PaymentLinkErased: () => ({ text: "The link answers as if it had never existed" }),
  ProviderEventParked: ({ providerEventId, resourceType, action, reason }) => ({
    text:
      reason === "unmatched"
        ? "GoCardless reported something about a payment that we do not know yet"
        : "GoCardless reported something that we do not know",
    detail: `${providerEventId}; ${resourceType} ${action}`,
    from: "GoCardless",
  }),
  ProviderEventMatched: ({ providerEventId }) => ({
    text: "A report of GoCardless's was matched with its link",
    detail: providerEventId,
  }),
};
