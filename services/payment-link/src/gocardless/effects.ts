import type { Fact } from "../payment/decide.ts";
import type { ProviderEvent } from "../payment/provider.ts";
import type { ResourceKind, Target } from "../payment/resources.ts";

type Common = Pick<Fact["data"], "billingRequestId" | "providerEventId" | "occurredAt" | "via" | "action" | "cause">;
type Effect = (common: Common, links: Readonly<Record<string, string>>, kind: ResourceKind) => Fact | undefined;

const id = (links: Readonly<Record<string, string>>, name: string): string => links[name] ?? "";

type MonthlyFact =
  | "MonthlyPaymentCollected"
  | "MonthlyPaymentPaidOut"
  | "MonthlyPaymentFailed"
  | "MonthlyPaymentRetried"
  | "MonthlyPaymentChargedBack";

/** For events that apply to the fee and to a month alike. */
const ofPayment =
  (
    fee:
      | "PaymentConfirmed"
      | "PaymentPaidOut"
      | "PaymentFailed"
      | "PaymentResubmitted"
      | "PaymentChargedBack"
      | "PaymentChargebackCancelled",
    monthly: MonthlyFact,
  ): Effect =>
  (common, links, kind) => {
    const data = { ...common, paymentId: id(links, "payment") };
    if (kind === "monthly") return { type: monthly, data };
    return { type: fee, data };
  };

const submitted: Effect = (common, links, kind) =>
  kind === "monthly"
    ? { type: "MonthlyPaymentSubmitted", data: { ...common, paymentId: id(links, "payment") } }
    : undefined;

/** A month that the club cancelled is skipped; one whose mandate ended is missed. */
const paymentCancelled: Effect = (common, links, kind) =>
  kind === "monthly" && common.cause === "payment_cancelled"
    ? { type: "MonthlyPaymentSkipped", data: { ...common, paymentId: id(links, "payment") } }
    : ofPayment("PaymentFailed", "MonthlyPaymentFailed")(common, links, kind);

const refund =
  (type: "RefundPaid" | "RefundReturned"): Effect =>
  (common, links) => ({ type, data: { ...common, refundId: id(links, "refund") } });

const refundCreated: Effect = (common, links) => ({
  type: "RefundCreated",
  data: { ...common, refundId: id(links, "refund"), ...(links.payment && { paymentId: links.payment }) },
});

const mandate =
  (type: "MandateActivated" | "MandateFailed" | "MandateTransferred"): Effect =>
  (common, links) => ({ type, data: { ...common, mandateId: id(links, "mandate") } });

const mandateReplaced: Effect = (common, links) => {
  const mandateId = id(links, "mandate");
  return links.new_mandate
    ? { type: "MandateReplaced", data: { ...common, mandateId, newMandateId: links.new_mandate } }
    : { type: "MandateFailed", data: { ...common, mandateId } };
};

const fulfilled: Effect = (common, links) => ({
  type: "PaymentFulfilled",
  data: {
    ...common,
    requestId: id(links, "billing_request"),
    ...(links.payment_request_payment && { paymentId: links.payment_request_payment }),
    ...(links.mandate_request_mandate && { mandateId: links.mandate_request_mandate }),
  },
});

const attemptFailed: Effect = (common, links) => ({
  type: "BankAuthorisationFailed",
  data: { ...common, requestId: id(links, "billing_request") },
});

const cancelled: Effect = (common, links) => ({
  type: "PaymentTokenCancelled",
  data: { ...common, requestId: id(links, "billing_request"), by: "gocardless" },
});

const subscriptionEnded: Effect = (common, links) => ({
  type: "SubscriptionEnded",
  data: { ...common, subscriptionId: id(links, "subscription") },
});

const monthlyMade: Effect = (common, links) =>
  links.payment
    ? {
        type: "MonthlyPaymentCreated",
        data: { ...common, subscriptionId: id(links, "subscription"), paymentId: links.payment },
      }
    : undefined;

/** Each event in GoCardless's catalogue has an effect, or a reason for none. Any other event is parked. */
export const effects: Readonly<Record<string, Readonly<Record<string, Effect | { readonly none: string }>>>> = {
  billing_requests: {
    created: { none: "we created it and know from the answer" },
    flow_created: { none: "we created it and know from the answer" },
    flow_visited: { none: "we know from the tap that the link was opened" },
    flow_exited: { none: "the same page can be opened again" },
    collect_customer_details: { none: "a step on GoCardless's page" },
    collect_bank_account: { none: "a step on GoCardless's page" },
    collect_amount: { none: "a step on GoCardless's page" },
    choose_currency: { none: "a step on GoCardless's page" },
    select_institution: { none: "a step on GoCardless's page" },
    payer_details_confirmed: { none: "a step on GoCardless's page; fulfilled follows" },
    bank_authorisation_visited: { none: "a step at the parent's bank" },
    bank_authorisation_authorised: { none: "a step at the parent's bank; fulfilled follows" },
    bank_authorisation_denied: attemptFailed,
    bank_authorisation_expired: attemptFailed,
    bank_authorisation_failed: attemptFailed,
    failed: attemptFailed,
    fulfilled,
    cancelled,
    payer_geo_blocked: { none: "GoCardless's page says so to the parent" },
  },
  payments: {
    created: { none: "the fulfilled event or the subscription's payment_created says so" },
    customer_approval_granted: { none: "the payment continues" },
    customer_approval_denied: ofPayment("PaymentFailed", "MonthlyPaymentFailed"),
    submitted,
    confirmed: ofPayment("PaymentConfirmed", "MonthlyPaymentCollected"),
    paid_out: ofPayment("PaymentPaidOut", "MonthlyPaymentPaidOut"),
    failed: ofPayment("PaymentFailed", "MonthlyPaymentFailed"),
    // Settled means that GoCardless took the money from a payout. We may have missed the failure itself.
    late_failure_settled: ofPayment("PaymentFailed", "MonthlyPaymentFailed"),
    cancelled: paymentCancelled,
    charged_back: ofPayment("PaymentChargedBack", "MonthlyPaymentChargedBack"),
    chargeback_settled: ofPayment("PaymentChargedBack", "MonthlyPaymentChargedBack"),
    chargeback_cancelled: ofPayment("PaymentChargebackCancelled", "MonthlyPaymentCollected"),
    resubmission_requested: ofPayment("PaymentResubmitted", "MonthlyPaymentRetried"),
    surcharge_fee_debited: { none: "between the club and GoCardless" },
    surcharge_fee_credited: { none: "between the club and GoCardless" },
  },
  mandates: {
    created: { none: "the fulfilled event names it" },
    customer_approval_granted: { none: "active follows" },
    customer_approval_skipped: { none: "active follows" },
    submitted: { none: "active or failed follows" },
    active: mandate("MandateActivated"),
    reinstated: mandate("MandateActivated"),
    failed: mandate("MandateFailed"),
    cancelled: mandate("MandateFailed"),
    expired: mandate("MandateFailed"),
    consumed: mandate("MandateFailed"),
    blocked: mandate("MandateFailed"),
    replaced: mandateReplaced,
    transferred: mandate("MandateTransferred"),
    resubmission_requested: { none: "active or failed follows" },
  },
  refunds: {
    created: refundCreated,
    paid: refund("RefundPaid"),
    refund_settled: { none: "payouts show which refunds they contain" },
    failed: refund("RefundReturned"),
    bounced: refund("RefundReturned"),
    funds_returned: refund("RefundReturned"),
  },
  subscriptions: {
    created: { none: "we created it and know from the answer" },
    customer_approval_granted: { none: "the subscription continues" },
    customer_approval_denied: subscriptionEnded,
    payment_created: monthlyMade,
    amended: { none: "we did it and know from the answer, or somebody at the club did it and GoCardless shows it" },
    paused: { none: "somebody at the club did it and GoCardless shows it" },
    resumed: { none: "somebody at the club did it and GoCardless shows it" },
    scheduled_pause: { none: "somebody at the club did it and GoCardless shows it" },
    scheduled_pause_cancelled: { none: "somebody at the club did it and GoCardless shows it" },
    scheduled_resume: { none: "somebody at the club did it and GoCardless shows it" },
    cancelled: subscriptionEnded,
    finished: subscriptionEnded,
  },
};

/** Resource types that never concern Touchline. */
const otherResources: ReadonlySet<string> = new Set([
  "creditors",
  "customers",
  "exports",
  "instalment_schedules",
  "organisations",
  "outbound_payments",
  "payer_authorisations",
  "payment_account_transactions",
  "payouts",
  "scheme_identifiers",
]);

export type Meaning = "effect" | "none" | "unknown";

export const meaningOf = ({ resourceType, action }: ProviderEvent): Meaning => {
  if (otherResources.has(resourceType)) return "none";
  const ours = Object.hasOwn(effects, resourceType) ? effects[resourceType] : undefined;
  const effect = ours && Object.hasOwn(ours, action) ? ours[action] : undefined;
  if (!effect) return "unknown";
  return typeof effect === "function" ? "effect" : "none";
};

/** GoCardless will try again: asking for the money now would collect it twice. */
const triedAgain = ({ resourceType, action, willRetry }: ProviderEvent): boolean =>
  resourceType === "payments" && action === "failed" && willRetry === true;

/** What an event means to its link. Undefined if it has no effect on this kind of thing. */
export const factOf = (event: ProviderEvent, target: Target, via: "webhook" | "poll"): Fact | undefined => {
  const effect = triedAgain(event)
    ? ofPayment("PaymentResubmitted", "MonthlyPaymentRetried")
    : effects[event.resourceType]?.[event.action];
  if (typeof effect !== "function") return undefined;
  const { id: providerEventId, occurredAt, action, cause, links } = event;
  const common = { billingRequestId: target.linkId, providerEventId, occurredAt, via, action, ...(cause && { cause }) };
  return effect(common, links, target.kind);
};
