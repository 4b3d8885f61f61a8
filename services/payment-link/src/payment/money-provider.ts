import type { refundRefusalReasons } from "@touchline/contracts";
import type { MandateReport, PaymentProvider, PaymentReport, Refusal } from "./provider.ts";

/**
 * What this service asks the payment provider about money, in our own words. Each walk yields what was created at or after a
 * time, newest first, in pages. Every call throws `Fault` if the provider is down or asks us to slow down.
 */
export interface MoneyProvider {
  /** Makes a refund, or finds the one made under the same key. For `refused` see `RefundRefusal`. */
  createRefund(refund: NewRefund, traceparent?: string): Promise<{ readonly id: string } | Refusal>;
  /** Undefined if there is no such refund. A refund's events give only its id: read it for payment and amount. */
  readRefund(id: string, traceparent?: string): Promise<RefundRecord | undefined>;
  readPayment(id: string, traceparent?: string): Promise<PaymentRecord | undefined>;
  readMandate(id: string, traceparent?: string): Promise<MandateRecord | undefined>;
  payments: Walk<PaymentRecord>;
  refunds: Walk<RefundRecord>;
  payouts: Walk<PayoutRecord>;
  subscriptions: Walk<SubscriptionRecord>;
  mandates: Walk<MandateRecord>;
  /** Undefined if there is no such billing request or nobody has begun to pay it. */
  payerOf(requestId: string, traceparent?: string): Promise<string | undefined>;
  /** Permanent. No fault if the payer was removed before. */
  removePayer(payerId: string, traceparent?: string): Promise<void>;
  /** Undefined if the provider no longer has them: it keeps them for six months. */
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
  /** The payment's total refunds, including this one. Refused if the provider's total differs. */
  readonly totalPence: number;
}

/** Why a refund is refused, in `Refusal.refused`. Any other word there is the provider's own. */
export type RefundRefusal = Exclude<keyof typeof refundRefusalReasons, "more_than_refundable">;

interface Created {
  readonly id: string;
  readonly createdAt: string;
  /** The provider's own word for its state. */
  readonly status: string;
}

interface Ours {
  /** From our metadata. */
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
  /** The day on which it is or was collected. It moves when the provider retries. */
  readonly chargeDate?: string;
  readonly payoutId?: string;
}

/** `failed`: it did not reach the payer and is coming back; `returned`: it is back, in a payout. */
export type RefundState = "underway" | "paid" | "failed" | "returned" | "cancelled" | "unknown";

/** Whether the money did not reach the payer, or did not stay there. */
export const cameBack = ({ state }: Pick<RefundRecord, "state">): boolean =>
  state === "failed" || state === "returned" || state === "cancelled";

export interface RefundRecord extends Created, Ours {
  readonly state: RefundState;
  readonly amountPence: number;
  readonly paymentId?: string;
  readonly mandateId?: string;
}

export interface PayoutRecord extends Created {
  /** What reaches the club's account, after `feesPence`. */
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
