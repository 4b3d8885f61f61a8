import type { Account } from "./account.ts";
import { invalidState, type Refusal } from "./errors.ts";
import type { Details } from "./event-details.ts";
import { canBeChargedBack, canFail, isOpenMandate, mandateWait, paymentPath, paymentWait } from "./path.ts";
import type { Mandate, MandateStatus, Payment, PaymentStatus, Subscription } from "./resources.ts";

/** What the banks do with payments and mandates, by themselves or when somebody asks for it. */

const paymentLinks = (payment: Payment) => ({
  payment: payment.id,
  ...(payment.links.mandate === undefined ? {} : { mandate: payment.links.mandate }),
});

export const movePayment = (
  account: Account,
  payment: Payment,
  status: PaymentStatus,
  details: Details = {},
): Payment => {
  const path = payment.path.slice(1);
  const moved = account.payments.put({ ...payment, status, path });
  if (status === "pending_submission") {
    const byItself = { origin: "gocardless" };
    account.record("payments", "resubmission_requested", paymentLinks(payment), payment.metadata, byItself);
    return moved;
  }
  const bank = status === "failed" ? { will_attempt_retry: path.length > 0, reason_code: "ARUDD-0" } : {};
  const scheme = status === "failed" || status === "charged_back" ? { scheme: payment.scheme } : {};
  const links = { payment: payment.id };
  account.record("payments", status, links, payment.metadata, { ...scheme, ...bank, ...details });
  return moved;
};

export const proceedPayment = (account: Account, payment: Payment): void => {
  const [next] = payment.path;
  const waitMs = paymentWait(payment, account.lifecycle);
  if (next === undefined || waitMs === null) return;
  account.scheduler.after(waitMs, () => {
    const current = account.payments.get(payment.id);
    // Somebody failed, cancelled or retried it meanwhile.
    if (current === undefined || current.status !== payment.status) return;
    proceedPayment(account, movePayment(account, current, next));
  });
};

/** Ends the payment's own way, and lets the bank say otherwise. */
const interrupt = (payment: Payment): Payment => ({ ...payment, path: [] });

export const failPayment = (account: Account, payment: Payment): Payment | Refusal =>
  canFail(payment)
    ? movePayment(account, interrupt(payment), "failed")
    : invalidState("payment_not_failable", `Payment is ${payment.status}`);

export const chargeBack = (account: Account, payment: Payment): Payment | Refusal =>
  canBeChargedBack(payment)
    ? movePayment(account, interrupt(payment), "charged_back")
    : invalidState("payment_not_chargeable_back", `Payment is ${payment.status}`);

/** The bank takes the charge-back back: the money is the club's again. */
export const cancelChargeBack = (account: Account, payment: Payment): Payment | Refusal => {
  if (payment.status !== "charged_back")
    return invalidState("payment_not_charged_back", `Payment is ${payment.status}`);
  const restored = account.payments.put({ ...interrupt(payment), status: "paid_out" });
  account.record("payments", "chargeback_cancelled", { payment: payment.id }, payment.metadata, {
    scheme: payment.scheme,
  });
  return restored;
};

export const cancelPayment = (account: Account, payment: Payment): Payment | Refusal =>
  payment.status === "pending_submission"
    ? movePayment(account, interrupt(payment), "cancelled")
    : invalidState("cancellation_failed", "This payment cannot be cancelled");

export const retryPayment = (account: Account, payment: Payment): Payment | Refusal => {
  if (payment.status !== "failed") return invalidState("retry_failed", "This payment cannot be retried");
  const retried = account.payments.put({ ...payment, status: "pending_submission", path: paymentPath("paid_out") });
  account.record("payments", "resubmission_requested", paymentLinks(payment), payment.metadata);
  proceedPayment(account, retried);
  return retried;
};

const closed: readonly MandateStatus[] = ["failed", "cancelled", "expired"];

export const moveMandate = (
  account: Account,
  mandate: Mandate,
  status: MandateStatus,
  details: Details = {},
): Mandate => {
  const isClosed = closed.includes(status);
  const moved = account.mandates.put({
    ...mandate,
    status,
    path: isClosed ? [] : mandate.path.slice(1),
    next_possible_charge_date: isClosed ? null : mandate.next_possible_charge_date,
  });
  const scheme = status === "failed" || status === "cancelled" ? { scheme: mandate.scheme } : {};
  account.record("mandates", status, { mandate: mandate.id }, mandate.metadata, { ...scheme, ...details });
  if (isClosed) endWhatHangsOn(account, moved);
  return moved;
};

export const proceedMandate = (account: Account, mandate: Mandate): void => {
  const [next] = mandate.path;
  const waitMs = mandateWait(mandate, account.lifecycle);
  if (next === undefined || waitMs === null) return;
  account.scheduler.after(waitMs, () => {
    const current = account.mandates.get(mandate.id);
    if (current === undefined || current.status !== mandate.status) return;
    proceedMandate(account, moveMandate(account, current, next));
  });
};

/** Subscriptions and payments that were not submitted yet end with their mandate. */
const endWhatHangsOn = (account: Account, mandate: Mandate): void => {
  const details = { origin: "gocardless", cause: "mandate_cancelled", description: "The mandate was cancelled." };
  for (const subscription of account.subscriptions.all()) {
    if (subscription.links.mandate === mandate.id && subscription.status === "active") {
      endSubscription(account, subscription, details);
    }
  }
  for (const payment of account.payments.all()) {
    if (payment.links.mandate === mandate.id && payment.status === "pending_submission") {
      movePayment(account, interrupt(payment), "cancelled", details);
    }
  }
};

const endSubscription = (account: Account, subscription: Subscription, details: Details = {}): Subscription => {
  const ended = account.subscriptions.put({ ...subscription, status: "cancelled", upcoming_payments: [] });
  account.record("subscriptions", "cancelled", { subscription: subscription.id }, subscription.metadata, details);
  return ended;
};

export const cancelSubscription = (account: Account, subscription: Subscription): Subscription | Refusal =>
  subscription.status === "active" || subscription.status === "paused"
    ? endSubscription(account, subscription)
    : invalidState("cancellation_failed", "This subscription cannot be cancelled");

export const failMandate = (account: Account, mandate: Mandate): Mandate | Refusal =>
  isOpenMandate(mandate)
    ? moveMandate(account, mandate, "failed")
    : invalidState("mandate_is_inactive", `Mandate is ${mandate.status}`);

/** Cancelled by the payer at the bank, or through the API. */
export const cancelMandate = (account: Account, mandate: Mandate, by: "payer" | "api"): Mandate | Refusal => {
  if (!isOpenMandate(mandate)) return invalidState("cancellation_failed", "This mandate cannot be cancelled");
  const api = { origin: "api", cause: "mandate_cancelled", description: "The mandate was cancelled at your request." };
  return moveMandate(account, mandate, "cancelled", by === "api" ? api : { origin: "bank" });
};
