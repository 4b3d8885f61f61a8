import type { ResourceType } from "./resources.ts";

export type Details = Readonly<Record<string, string | boolean>>;

const details: Readonly<
  Record<ResourceType, Readonly<Record<string, readonly [origin: string, cause: string, text: string]>>>
> = {
  billing_requests: {
    created: ["api", "billing_request_created", "This billing request has been created."],
    flow_created: [
      "api",
      "billing_request_flow_created",
      "A billing request flow has been created against this billing request.",
    ],
    flow_visited: ["payer", "billing_request_flow_visited", "The billing request flow has been visited."],
    flow_exited: ["payer", "billing_request_flow_exited", "The billing request flow has been exited by the payer."],
    collect_customer_details: [
      "payer",
      "billing_request_collect_customer_details",
      "Customer details have been collected for this billing request.",
    ],
    collect_bank_account: [
      "payer",
      "billing_request_collect_bank_account",
      "Bank account details have been collected for this billing request.",
    ],
    payer_details_confirmed: [
      "payer",
      "billing_request_payer_details_confirmed",
      "Payer has confirmed all their details for this billing request.",
    ],
    bank_authorisation_visited: [
      "payer",
      "billing_request_bank_authorisation_visited",
      "The payer has opened their bank's authorisation page.",
    ],
    bank_authorisation_authorised: [
      "payer",
      "billing_request_bank_authorisation_authorised",
      "A bank authorisation for this billing request has been authorised by the payer.",
    ],
    bank_authorisation_denied: [
      "payer",
      "billing_request_bank_authorisation_denied",
      "A bank authorisation for this billing request has been denied by the payer.",
    ],
    fulfilled: [
      "gocardless",
      "billing_request_fulfilled",
      "This billing request has been fulfilled, and the resources have been created.",
    ],
    cancelled: [
      "api",
      "billing_request_cancelled",
      "This billing request has been cancelled, none of the resources have been created.",
    ],
  },
  payments: {
    created: ["api", "payment_created", "Payment created via the API."],
    submitted: [
      "gocardless",
      "payment_submitted",
      "Payment submitted to the banks. As a result, it can no longer be cancelled.",
    ],
    confirmed: [
      "gocardless",
      "payment_confirmed",
      "Enough time has passed since the payment was submitted for the banks to return an error, so this payment is now confirmed.",
    ],
    paid_out: ["gocardless", "payment_paid_out", "The payment has been paid out by GoCardless."],
    failed: ["bank", "insufficient_funds", "The customer's account had insufficient funds to make this payment."],
    charged_back: ["bank", "refund_requested", "The customer has requested a refund of the payment."],
    cancelled: ["api", "payment_cancelled", "The payment was cancelled at your request."],
    late_failure_settled: [
      "gocardless",
      "late_failure_settled",
      "This payment was a late failure and the amount has been taken from a payout.",
    ],
    chargeback_cancelled: ["bank", "payment_confirmed", "The chargeback for this payment was reversed."],
    chargeback_settled: [
      "gocardless",
      "chargeback_settled",
      "This charged back payment has been settled against a payout.",
    ],
    resubmission_requested: ["api", "payment_retried", "A request was made to resubmit the payment."],
  },
  mandates: {
    created: ["api", "mandate_created", "Mandate created via the API."],
    submitted: ["gocardless", "mandate_submitted", "The mandate has been submitted to the banks."],
    active: [
      "gocardless",
      "mandate_activated",
      "The time window after submission for the banks to refuse a mandate has ended without any errors being received, so this mandate is now active.",
    ],
    failed: ["bank", "invalid_bank_details", "The specified bank account does not exist or was closed."],
    cancelled: [
      "bank",
      "bank_account_closed",
      "The customer's bank account has been closed, or they cancelled the mandate at their bank.",
    ],
    expired: ["gocardless", "mandate_expired", "The mandate expired because it was not used for a long time."],
    transferred: ["bank", "bank_account_transferred", "The customer's bank account was transferred to another bank."],
    replaced: ["gocardless", "scheme_identifier_changed", "The mandate was replaced by a new one."],
    reinstated: ["bank", "mandate_reinstated", "The bank has undone the cancellation of the mandate."],
  },
  subscriptions: {
    created: ["api", "subscription_created", "Subscription created via the API."],
    amended: ["api", "subscription_amended", "The amount of future subscription payments was changed."],
    payment_created: ["gocardless", "payment_created", "Payment created by a subscription."],
    cancelled: ["api", "subscription_cancelled", "The subscription was cancelled at your request."],
    finished: ["gocardless", "subscription_finished", "The subscription has finished."],
    paused: ["api", "subscription_paused", "The subscription was paused at your request."],
    resumed: ["api", "subscription_resumed", "The subscription was resumed at your request."],
  },
  refunds: {
    created: ["api", "payment_refunded", "The refund was created, and goes out with the next batch."],
    paid: ["gocardless", "refund_paid", "The refund has been paid to the customer."],
    refund_settled: ["gocardless", "refund_settled", "The refund was taken off a payout."],
    failed: ["gocardless", "refund_failed", "The refund did not reach the customer; its money comes back to you."],
    funds_returned: ["gocardless", "refund_funds_returned", "The money of the refund was returned to you."],
  },
  payouts: {
    paid: ["gocardless", "payout_paid", "GoCardless has transferred the payout to your bank account."],
  },
};

/** Who did it and why, in GoCardless's words. */
export const eventDetails = (type: ResourceType, action: string): Details => {
  const [origin, cause, description] = details[type][action] ?? ["gocardless", action, action];
  return { origin, cause, description };
};
