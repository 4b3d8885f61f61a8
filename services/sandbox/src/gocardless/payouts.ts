import type { Account } from "./account.ts";
import { addWorkingDays, toDay } from "./calendar.ts";
import type { Payout, PayoutItem, PayoutItemType } from "./money-resources.ts";
import { type Links, newId, type Payment } from "./resources.ts";

export const tenthsOf = (item: PayoutItem): number => Math.round(Number(item.amount) * 10);
const sumOf = (items: readonly PayoutItem[]): number => items.reduce((sum, item) => sum + tenthsOf(item), 0);

/** One per cent and 20p, at most £4, in tenths of a penny; never more than the payment. */
const feeTenths = (payment: Payment): number =>
  Math.min(Math.round(payment.amount / 10) + 200, 4_000, payment.amount * 10);

/** An item that the next payouts add or deduct. */
export const enter = (account: Account, type: PayoutItemType, tenths: number, links: Links): PayoutItem => {
  const created_at = account.now().toISOString();
  return account.unsettled.put({
    type,
    amount: (tenths / 10).toFixed(1),
    taxes: [],
    links,
    id: newId("PI"),
    created_at,
  });
};

const linksOf = (payment: Payment): Links => ({
  payment: payment.id,
  ...(payment.links.mandate === undefined ? {} : { mandate: payment.links.mandate }),
});

/** The money of a payment is the club's, less the fee. */
const enterPayment = (account: Account, payment: Payment): void => {
  enter(account, "payment_paid_out", payment.amount * 10, linksOf(payment));
  enter(account, "gocardless_fee", -feeTenths(payment), linksOf(payment));
};

/** If a paid-out payment is taken back, so is its fee. A payment that was not paid out needs no item. */
export const enterReversal = (account: Account, payment: Payment, type: PayoutItemType): void => {
  if (payment.status !== "paid_out") return;
  enter(account, type, -payment.amount * 10, linksOf(payment));
  enter(account, "gocardless_fee", feeTenths(payment), linksOf(payment));
};

/** A charge-back that is not in a payout yet is dropped; otherwise the money is credited again. */
export const undoChargeBack = (account: Account, payment: Payment): void => {
  const waiting = account.unsettled.all().filter(({ links }) => links.payment === payment.id);
  const debit = waiting.findLast(({ type }) => type === "payment_charged_back");
  if (debit === undefined) {
    enterPayment(account, payment);
    return;
  }
  account.unsettled.remove(debit.id);
  const fee = waiting.findLast((item) => item.type === "gocardless_fee" && tenthsOf(item) > 0);
  if (fee) account.unsettled.remove(fee.id);
  else enter(account, "gocardless_fee", -feeTenths(payment), linksOf(payment));
};

/** All credits, and the oldest debits that the credits cover, because no payout is negative. */
const chooseItems = (account: Account): PayoutItem[] => {
  const waiting = account.unsettled.all();
  const chosen = waiting.filter((item) => tenthsOf(item) >= 0 || item.type === "gocardless_fee");
  let left = sumOf(chosen);
  for (const item of waiting) {
    if (chosen.includes(item) || left + tenthsOf(item) < 0) continue;
    left += tenthsOf(item);
    chosen.push(item);
  }
  return chosen;
};

/** Pays out payments, with all items waiting for a payout. */
export const payOut = (account: Account, payments: readonly Payment[]): void => {
  for (const payment of payments) enterPayment(account, payment);
  const items = chooseItems(account);
  const id = newId("PO");
  const payout = account.payouts.put({
    id,
    created_at: account.now().toISOString(),
    amount: Math.round(sumOf(items) / 10),
    deducted_fees: Math.round(-sumOf(items.filter((item) => item.type === "gocardless_fee")) / 10),
    currency: "GBP",
    status: "pending",
    arrival_date: addWorkingDays(toDay(account.now()), 1),
    payout_type: "merchant",
    reference: `TL-${id.slice(-6)}`,
    tax_currency: null,
    metadata: {},
    links: { creditor: account.creditor, creditor_bank_account: "BA000TOUCHLINE" },
  });
  for (const payment of payments) {
    const links = { ...payment.links, payout: id };
    account.payments.put({ ...payment, status: "paid_out", path: payment.path.slice(1), links });
    account.record("payments", "paid_out", { payment: payment.id, payout: id }, payment.metadata);
  }
  for (const item of items) {
    account.unsettled.remove(item.id);
    account.payoutItems.put({ ...item, payout: id });
    sayWhatIsSettled(account, item);
  }
  proceedPayout(account, payout);
};

const settlements: Readonly<Partial<Record<PayoutItemType, string>>> = {
  payment_failed: "late_failure_settled",
  payment_charged_back: "chargeback_settled",
};

const sayWhatIsSettled = (account: Account, { type, links }: PayoutItem): void => {
  const payment = account.payments.get(links.payment ?? "");
  const settled = settlements[type];
  if (settled && payment) account.record("payments", settled, { payment: payment.id }, payment.metadata);
  const refund = account.refunds.get(links.refund ?? "");
  if (!refund) return;
  if (type === "payment_refunded") account.record("refunds", "refund_settled", { refund: refund.id }, refund.metadata);
  if (type === "refund_funds_returned") {
    account.refunds.put({ ...refund, status: "funds_returned" });
    account.record("refunds", "funds_returned", { refund: refund.id }, refund.metadata);
  }
};

export const proceedPayout = (account: Account, payout: Payout): void => {
  const waitMs = account.lifecycle.payoutPaidMs;
  if (payout.status === "paid" || waitMs === null) return;
  account.scheduler.after(waitMs, () => {
    const paid = account.payouts.put({ ...payout, ...account.payouts.get(payout.id), status: "paid" });
    account.record("payouts", "paid", { payout: payout.id }, paid.metadata);
  });
};
