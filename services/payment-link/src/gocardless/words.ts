import { endedWithMandate, isSettlement } from "@touchline/contracts";
import type { CollectionState, RefundRefusal, RefundState } from "../payment/money-provider.ts";
import type { MandateReport } from "../payment/provider.ts";
import type { ProviderWords } from "../payment/state.ts";

/** What GoCardless's own words in stored events (actions and causes) mean. */
export const goCardlessWords: ProviderWords = { isSettlement, endedWithMandate };

/** Our word for one of GoCardless's; undefined if its documentation does not have it. */
export const wordFor = <T>(table: Readonly<Record<string, T>>, word: string | undefined): T | undefined =>
  word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;

/** A payment's `status`. */
export const collectionStates: Readonly<Record<string, CollectionState>> = {
  pending_customer_approval: "due",
  pending_submission: "due",
  submitted: "submitted",
  confirmed: "confirmed",
  paid_out: "paid_out",
  failed: "failed",
  charged_back: "charged_back",
  cancelled: "cancelled",
  customer_approval_denied: "cancelled",
};

/** A refund's `status`. */
export const refundStates: Readonly<Record<string, RefundState>> = {
  created: "underway",
  pending_submission: "underway",
  submitted: "underway",
  paid: "paid",
  bounced: "failed",
  funds_returned: "returned",
  cancelled: "cancelled",
};

/** Why a refund is refused. */
export const refundRefusals: Readonly<Record<string, RefundRefusal>> = {
  total_amount_confirmation_invalid: "total_differs",
  number_of_refunds_exceeded: "too_many_refunds",
  available_refund_amount_insufficient: "balance_too_low",
  refund_payment_invalid_state: "not_collected",
};

/** What a mandate's `status` means for collecting on it. */
export const mandateStates: Readonly<Record<string, MandateReport["state"]>> = {
  active: "usable",
  failed: "ended",
  cancelled: "ended",
  expired: "ended",
  consumed: "ended",
  blocked: "ended",
  suspended_by_payer: "ended",
};

/** The states in which a subscription collects nothing more. */
export const endedSubscriptions: ReadonlySet<string | undefined> = new Set([
  "customer_approval_denied",
  "finished",
  "cancelled",
]);
