import type { MandateReport, PaymentProvider, PaymentReport, Refusal } from "./provider.ts";

/**
 * What this service asks the payment provider about money, in our own words. Each walk gives what was created at or after an
 * instant, newest first, in pages. Every call throws `Fault` when the provider is away or asks to slow down.
 */
export interface MoneyProvider {
  /** Gives money back, or finds the refund that was made under the same key. For `refused` see `RefundRefusal`. */
  createRefund(refund: NewRefund, traceparent?: string): Promise<{ readonly id: string } | Refusal>;
  /** Undefined when there is no such refund. Its events name nothing but the refund: read it for payment and amount. */
  readRefund(id: string, traceparent?: string): Promise<RefundRecord | undefined>;
  readPayment(id: string, traceparent?: string): Promise<PaymentRecord | undefined>;
  readMandate(id: string, traceparent?: string): Promise<MandateRecord | undefined>;
  payments: Walk<PaymentRecord>;
  refunds: Walk<RefundRecord>;
  payouts: Walk<PayoutRecord>;
  subscriptions: Walk<SubscriptionRecord>;
  mandates: Walk<MandateRecord>;
  /** Undefined when there is no such billing request, or nobody has begun to pay it. */
  payerOf(requestId: string, traceparent?: string): Promise<string | undefined>;
  /** For good; one that was removed before is no fault. */
  removePayer(payerId: string, traceparent?: string): Promise<void>;
  /** Undefined when the provider does not give them any more: it keeps them for six months. */
  payoutItems(payoutId: string, signal: AbortSignal): Promise<readonly PayoutItemRecord[] | undefined>;
}

/** All that this service asks of the payment provider. */
export type Provider = PaymentProvider & MoneyProvider;

export type Walk<T> = (since: Date, signal: AbortSignal) => AsyncIterable<readonly T[]>;

export interface NewRefund {
  readonly idempotencyKey: string;
  readonly registrationId: string;
  readonly paymentId: string;
  readonly amountPence: number;
  /** All that will have been given back of the payment, this refund included. Refused when the provider counts otherwise. */
  readonly totalPence: number;
}

/** Why a refund is refused, in `Refusal.refused`. Any other word there is the provider's own. */
export type RefundRefusal = "total_differs" | "too_many_refunds" | "balance_too_low" | "not_collected";

interface Created {
  readonly id: string;
  readonly createdAt: string;
  /** The provider's own word for its state. */
  readonly status: string;
}

interface Ours {
  /** From the metadata that we gave the thing. */
  readonly registrationId?: string;
}

/** `unknown`: the provider used a word that its documentation did not have. */
export type CollectionState =
  | "due"
  | "submitted"
  | "confirmed"
  | "paid_out"
  | "failed"
  | "charged_back"
  | "cancelled"
  | "unknown";

export interface PaymentRecord extends Created, PaymentReport {
  readonly state: CollectionState;
  readonly amountPence: number;
  readonly refundedPence: number;
  /** The day on which it is collected, or was. It moves when the provider tries again. */
  readonly chargeDate?: string;
  readonly payoutId?: string;
}

/** `failed`: it did not reach the payer, and comes back; `returned`: it is back in a payout. */
export type RefundState = "underway" | "paid" | "failed" | "returned" | "cancelled" | "unknown";

export interface RefundRecord extends Created, Ours {
  readonly state: RefundState;
  readonly amountPence: number;
  readonly paymentId?: string;
  readonly mandateId?: string;
}

export interface PayoutRecord extends Created {
  /** What reaches the club's account, after `feesPence` were taken off. */
  readonly amountPence: number;
  readonly feesPence: number;
  readonly arrivalDate?: string;
  readonly reference?: string;
}

export interface PayoutItemRecord {
  /** The provider's own word: `payment_paid_out`, `payment_refunded`, `gocardless_fee` … */
  readonly type: string;
  /** Positive for the club. A payout is the sum of its items, rounded to a penny. */
  readonly amountTenthPence: number;
  readonly paymentId?: string;
  readonly refundId?: string;
  readonly mandateId?: string;
}

export interface SubscriptionRecord extends Created, Ours {
  readonly amountPence: number;
  readonly mandateId?: string;
  readonly ended: boolean;
  readonly upcoming: readonly { readonly chargeDate: string; readonly amountPence: number }[];
}

export interface MandateRecord extends Created, MandateReport {
  readonly customerId?: string;
}
