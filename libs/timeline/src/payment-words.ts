import type { PaymentEvent } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Description, Words } from "./description.ts";
import { moneyDetail, recordRefusalWords, refundRefusalWords, refundReturnedWords } from "./money-words.ts";
import { plural, pounds, termsWords } from "./words.ts";

interface Reported {
  readonly occurredAt: string;
  readonly via: "webhook" | "poll" | "read";
  readonly action: string;
  readonly cause?: string;
}

const sources = {
  webhook: "GoCardless",
  poll: "GoCardless, when asked",
  read: "GoCardless, when asked",
} as const;

/** A report from GoCardless, and how it reached us. Reports may come late, and in any order. */
const reported = (
  tone: Description["tone"],
  text: string,
  id: (string | undefined)[],
  data: Reported,
): Description => ({
  text,
  detail: [...id, data.cause, `at GoCardless ${londonTime(data.occurredAt)}`].filter(Boolean).join("; "),
  from: sources[data.via],
  ...(tone && { tone }),
});

const statuses = {
  pending: "The payment has not been made yet",
  paid: "Paid",
  failed: "The payment failed: the fee is open again",
  charged_back: "Charged back: the fee is open again",
  cancelled: "The payment link is cancelled",
  refunded: "The fee was refunded: there is nothing to pay",
  waived: "The club has waived the fee",
} as const;

const tones = {
  pending: "plain",
  paid: "good",
  failed: "bad",
  charged_back: "bad",
  cancelled: "bad",
  refunded: "plain",
  waived: "good",
} as const;

const asks = (feePence: number, mandate: boolean) =>
  [feePence > 0 && pounds(feePence), mandate && "a Direct Debit"].filter(Boolean).join(" and ") || "nothing";

export const paymentWords: Words<PaymentEvent> = {
  PaymentTokenCreated: ({ billingRequestId, origin, feePence, mandate }) => ({
    text: origin === "created" ? "The payment request was created" : "The chat's payment request was used",
    detail: `${billingRequestId}; asks for ${asks(feePence, mandate)}`,
    tone: "good",
  }),
  PaymentLinkAmended: (terms) => ({ text: `From the next collection: ${termsWords(terms)}` }),
  PaymentFlowCreated: ({ flowId, expiresAt }) => ({
    text: "The link opened a GoCardless page",
    detail: [flowId, expiresAt && `open until ${londonTime(expiresAt)}`].filter(Boolean).join("; "),
    from: "parent",
  }),
  PaymentLinkOpened: () => ({ text: "The link was opened for the first time", from: "parent", tone: "good" }),
  PaymentStatusChanged: ({ status, since, amountRefundedPence = 0 }) => ({
    text: statuses[status],
    detail: [`since ${londonTime(since)}`, amountRefundedPence > 0 && `${pounds(amountRefundedPence)} refunded`]
      .filter(Boolean)
      .join("; "),
    tone: tones[status],
  }),
  MoneyElsewhereRequested: (record) => ({
    text: record.undoes ? "The record of money is being undone" : "The record of money is being checked",
    detail: moneyDetail(record),
  }),
  MoneyElsewhereRecorded: (record) => ({
    text: record.undoes ? "The record of money was undone" : "The record of money counts towards the fee",
    detail: moneyDetail(record),
    tone: record.undoes ? "bad" : "good",
  }),
  MoneyElsewhereRefused: ({ recordId, code }) => ({
    text: recordRefusalWords(code),
    detail: recordId,
    tone: "bad",
  }),
  PaymentLinkReopened: ({ requestId, feePence, mandate, monthsPence = 0, amended }) => ({
    text: amended ? "The link asks for payment on the new terms" : "The link asks again for what is owed",
    detail: `${requestId}; asks for ${asks(feePence + monthsPence, mandate)}`,
  }),
  MonthlyStatusChanged: ({ behindPence, monthsMissed, mandate, paidTwicePence }) => ({
    text: behindPence > 0 ? `Behind by ${pounds(behindPence)}` : "Not behind with monthly payments",
    detail: [
      monthsMissed > 0 && `${plural(monthsMissed, "month")} missed`,
      mandate === "gone" && "the Direct Debit has ended",
      paidTwicePence > 0 && `${pounds(paidTwicePence)} was paid twice`,
    ]
      .filter(Boolean)
      .join("; "),
    tone: behindPence > 0 || mandate === "gone" || paidTwicePence > 0 ? "bad" : "good",
  }),
  TextsStopped: () => ({ text: "The parent asked for no more texts, on the link’s page", from: "parent", tone: "bad" }),
  PaymentLinkClosed: () => ({ text: "The link was closed: it asks for no payment now" }),
  PaymentFulfilled: (data) =>
    reported("good", "The parent completed the GoCardless page", [data.paymentId, data.mandateId], data),
  BankAuthorisationFailed: (data) => reported("bad", "The parent's bank did not let the payment through", [], data),
  PaymentConfirmed: (data) => reported("good", "GoCardless has the money", [data.paymentId], data),
  PaymentPaidOut: (data) => reported("good", "The club's bank has the money", [data.paymentId], data),
  PaymentFailed: (data) => reported("bad", "The payment failed", [data.paymentId], data),
  PaymentResubmitted: (data) => reported("plain", "The payment is being collected again", [data.paymentId], data),
  PaymentChargedBack: (data) => reported("bad", "The payer's bank took the money back", [data.paymentId], data),
  PaymentChargebackCancelled: (data) =>
    reported("good", "The charge-back was withdrawn: the club has the money again", [data.paymentId], data),
  MandateActivated: (data) => reported("good", "The Direct Debit can be used", [data.mandateId], data),
  MandateFailed: (data) => reported("bad", "The Direct Debit can no longer be used", [data.mandateId], data),
  MandateTransferred: (data) =>
    reported("plain", "The payer moved the Direct Debit to another bank account", [data.mandateId], data),
  MandateReplaced: (data) =>
    reported("plain", "Another Direct Debit took its place", [data.mandateId, data.newMandateId], data),
  PaymentTokenCancellationStarted: ({ requestId }) => ({
    text: "Touchline is cancelling the payment request",
    detail: requestId,
  }),
  PaymentTokenCancelled: (data) =>
    reported(
      "bad",
      `The payment request was cancelled ${data.by === "us" ? "by Touchline" : "at GoCardless"}`,
      [data.requestId],
      data,
    ),
  SubscriptionCreated: ({ subscriptionId, amountPence, startDate, payments }) => ({
    text: `Monthly payments of ${pounds(amountPence)} were set up`,
    detail: `${subscriptionId}; ${plural(payments, "payment")} from ${startDate}`,
    tone: "good",
  }),
  SubscriptionAmended: ({ subscriptionId, amountPence }) => ({
    text: `Monthly payments are now ${pounds(amountPence)}`,
    detail: subscriptionId,
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
  MonthlyPaymentDated: (data) =>
    reported("plain", `A monthly payment is ${pounds(data.amountPence)}`, [data.paymentId, data.chargeDate], data),
  MonthlyPaymentSubmitted: (data) => reported("plain", "A monthly payment is with the banks", [data.paymentId], data),
  MonthlyPaymentRetried: (data) =>
    reported("plain", "A monthly payment failed for now, and will be collected again", [data.paymentId], data),
  MonthlyPaymentSkipped: (data) => reported("plain", "The club cancelled this monthly payment", [data.paymentId], data),
  MonthlyPaymentChargedBack: (data) =>
    reported("bad", "The payer's bank took a monthly payment back", [data.paymentId], data),
  MonthlyPaymentPaidOut: (data) => reported("good", "The club's bank has a monthly payment", [data.paymentId], data),
  MonthlyPaymentCollected: (data) => reported("good", "A monthly payment was collected", [data.paymentId], data),
  MonthlyFeeMissed: ({ amountPence, dueOn }) => ({
    text: `A monthly payment of ${pounds(amountPence)} was missed: there was no Direct Debit`,
    detail: dueOn,
    tone: "bad",
  }),
  MonthlyPaymentFailed: (data) => reported("bad", "A monthly payment failed", [data.paymentId], data),
  RefundRequested: ({ paymentId, amountPence }) => ({
    text: `A refund of ${pounds(amountPence)} was asked for`,
    detail: paymentId,
  }),
  RefundRefused: ({ code, reason }) => ({
    text: refundRefusalWords(code, reason),
    detail: `${code}: ${reason}`,
    tone: "bad",
  }),
  RefundCreated: (data) =>
    reported(
      "plain",
      data.amountPence === undefined
        ? "A refund is on its way"
        : `A refund of ${pounds(data.amountPence)} is on its way`,
      [data.refundId, data.paymentId],
      data,
    ),
  RefundPaid: (data) => reported("good", "The payer has the refund", [data.refundId], data),
  RefundReturned: (data) => reported("bad", refundReturnedWords, [data.refundId], data),
  PaymentLinkErased: () => ({ text: "The link answers as if it had never existed" }),
  PayersRemoved: ({ payers }) => ({
    text: payers === 0 ? "GoCardless had no payer to forget" : "GoCardless has forgotten who paid",
  }),
  ProviderEventParked: ({ providerEventId, resourceType, action, reason }) => ({
    text:
      reason === "unmatched"
        ? "GoCardless reported something about a payment we do not know yet"
        : "GoCardless reported something we do not recognise",
    detail: `${providerEventId}; ${resourceType} ${action}`,
    from: "GoCardless",
  }),
  ProviderEventMatched: ({ providerEventId }) => ({
    text: "A report from GoCardless was matched with its link",
    detail: providerEventId,
  }),
  PayoutRecorded: ({ payoutId, status, amountPence, feesPence }) => ({
    text: `GoCardless pays the club ${pounds(amountPence)}`,
    detail: `${payoutId}; ${status}; ${pounds(feesPence)} of fees were deducted`,
    from: "GoCardless",
    tone: status === "bounced" ? "bad" : "good",
  }),
  ReconciliationFinished: ({ unexplainedPence, unexplained, repaired }) => ({
    text: `${pounds(unexplainedPence)} unexplained`,
    detail: `${unexplained} ${unexplained === 1 ? "thing differs" : "things differ"}; ${plural(repaired, "fact")} repaired`,
    tone: unexplained > 0 ? "bad" : "good",
  }),
};
