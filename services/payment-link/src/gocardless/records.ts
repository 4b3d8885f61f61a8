import type { Mandate, Payment, Payout, PayoutItem, Refund, Subscription } from "gocardless-nodejs/types";
import type {
  MandateRecord,
  PaymentRecord,
  PayoutItemRecord,
  PayoutRecord,
  RefundRecord,
  SubscriptionRecord,
} from "../payment/money-provider.ts";
import { oddAnswer } from "./problems.ts";
import { compact, purposeOf } from "./shapes.ts";
import { collectionStates, endedSubscriptions, mandateStates, refundStates, wordFor } from "./words.ts";

const penceOf = (amount: unknown): number => {
  if (typeof amount !== "number" || !Number.isSafeInteger(amount)) throw oddAnswer("money without an amount");
  return amount;
};

const created = ({ id, created_at, status }: { id?: string; created_at?: string; status?: string }) => {
  if (!id) throw oddAnswer("a record without its id");
  return { id, createdAt: String(created_at), status: String(status) };
};

export const paymentRecordOf = (payment: Payment): PaymentRecord => ({
  ...created(payment),
  state: wordFor(collectionStates, payment.status) ?? "unknown",
  amountPence: penceOf(payment.amount),
  refundedPence: penceOf(payment.amount_refunded ?? 0),
  ...compact({
    chargeDate: payment.charge_date ?? undefined,
    subscriptionId: payment.links?.subscription,
    mandateId: payment.links?.mandate,
    payoutId: payment.links?.payout,
    registrationId: payment.metadata?.registration_id,
    purpose: purposeOf(payment.metadata?.purpose),
  }),
});

export const refundRecordOf = (refund: Refund): RefundRecord => ({
  ...created(refund),
  state: wordFor(refundStates, refund.status) ?? "unknown",
  amountPence: penceOf(refund.amount),
  ...compact({
    paymentId: refund.links?.payment,
    mandateId: refund.links?.mandate,
    registrationId: refund.metadata?.registration_id,
  }),
});

export const payoutRecordOf = (payout: Payout): PayoutRecord => ({
  ...created(payout),
  amountPence: penceOf(payout.amount),
  feesPence: penceOf(payout.deducted_fees),
  ...compact({ arrivalDate: payout.arrival_date ?? undefined, reference: payout.reference }),
});

export const payoutItemRecordOf = ({ type, amount = "", links }: PayoutItem): PayoutItemRecord => {
  // Pence with one decimal, as text.
  if (!/^-?\d+(\.\d)?$/.test(amount)) throw oddAnswer("a payout item without an amount");
  return {
    type: String(type),
    amountTenthPence: Math.round(Number(amount) * 10),
    ...compact({ paymentId: links?.payment, refundId: links?.refund, mandateId: links?.mandate }),
  };
};

export const subscriptionRecordOf = (subscription: Subscription): SubscriptionRecord => ({
  ...created(subscription),
  amountPence: penceOf(subscription.amount),
  ended: endedSubscriptions.has(subscription.status),
  upcoming: (subscription.upcoming_payments ?? []).map(({ amount, charge_date }) => ({
    chargeDate: String(charge_date),
    amountPence: penceOf(amount),
  })),
  ...compact({
    mandateId: subscription.links?.mandate,
    registrationId: subscription.metadata?.registration_id,
  }),
});

export const mandateRecordOf = (mandate: Mandate): MandateRecord => ({
  ...created(mandate),
  // A state that is not in the table leads to one that is.
  state: wordFor(mandateStates, mandate.status) ?? "pending",
  action: String(mandate.status),
  ...compact({
    nextPossibleChargeDate: mandate.next_possible_charge_date ?? undefined,
    registrationId: mandate.metadata?.registration_id,
    customerId: mandate.links?.customer,
  }),
});
