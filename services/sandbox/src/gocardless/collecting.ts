import type { Account } from "./account.ts";
import { addWorkingDays, earliestCharge, toDay } from "./calendar.ts";
import { invalidState, type Refusal, validationFailed } from "./errors.ts";
import type { Details } from "./event-details.ts";
import { canBeChargedBack, canFail, isOpenMandate, paymentPath, paymentWait } from "./path.ts";
import { enterReversal, payOut, undoChargeBack } from "./payouts.ts";
import type { Links, Payment, PaymentStatus } from "./resources.ts";
import { fault } from "./shape.ts";

/** Between a failure and the next try. GoCardless chooses the day; it does not say how. */
const RETRY_DAYS = 5;

/** What the banks do with payments, by themselves or on demand. */

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
  if (status === "paid_out") return paidOut(account, payment);
  if (status === "failed") enterReversal(account, payment, "payment_failed");
  if (status === "charged_back") enterReversal(account, payment, "payment_charged_back");
  const path = payment.path.slice(1);
  if (status === "pending_submission") return tryAgain(account, payment, path);
  const moved = account.payments.put({ ...payment, status, path });
  const bank = status === "failed" ? { will_attempt_retry: path.length > 0, reason_code: "ARUDD-0" } : {};
  const scheme = status === "failed" || status === "charged_back" ? { scheme: payment.scheme } : {};
  const links = { payment: payment.id };
  account.record("payments", status, links, payment.metadata, { ...scheme, ...bank, ...details });
  return moved;
};

const paidOut = (account: Account, payment: Payment): Payment => {
  payOut(account, [payment]);
  return account.payments.get(payment.id) ?? payment;
};

/** GoCardless submits a payment again by itself, on a later day. */
const tryAgain = (account: Account, payment: Payment, path: readonly PaymentStatus[]): Payment => {
  const charge_date = addWorkingDays(payment.charge_date, RETRY_DAYS);
  const links = outOfPayout(payment);
  const again = account.payments.put({ ...payment, status: "pending_submission", path, charge_date, links });
  const byItself = { origin: "gocardless", cause: "payment_autoretried" };
  account.record("payments", "resubmission_requested", paymentLinks(payment), payment.metadata, byItself);
  return again;
};

export const proceedPayment = (account: Account, payment: Payment): void => {
  const [next] = payment.path;
  const waitMs = paymentWait(payment, account.lifecycle);
  if (next === undefined || waitMs === null) return;
  account.scheduler.after(waitMs, () => {
    const current = account.payments.get(payment.id);
    // It failed, or was cancelled or retried, meanwhile.
    if (current === undefined || current.status !== payment.status) return;
    if (next === "paid_out") payOut(account, waitingForPayout(account));
    else proceedPayment(account, movePayment(account, current, next));
  });
};

/** One payout gathers all that is due for one. */
const waitingForPayout = (account: Account): Payment[] =>
  account.payments.all().filter(({ status, path }) => status === "confirmed" && path[0] === "paid_out");

/** Drops the payment's remaining automatic statuses. */
export const interrupt = (payment: Payment): Payment => ({ ...payment, path: [] });

export const failPayment = (account: Account, payment: Payment): Payment | Refusal =>
  canFail(payment)
    ? movePayment(account, interrupt(payment), "failed")
    : invalidState("payment_not_failable", `Payment is ${payment.status}`);

/** Fails a payment that allows retries; GoCardless then tries it again. */
export const failAndRetry = (account: Account, payment: Payment): Payment | Refusal => {
  if (!canFail(payment) || !payment.retry_if_possible) {
    return invalidState("payment_not_failable", `Payment is ${payment.status}, or is not retried`);
  }
  const path = paymentPath("retried");
  const failed = movePayment(account, { ...payment, path: path.slice(path.indexOf("failed")) }, "failed");
  proceedPayment(account, failed);
  return failed;
};

export const chargeBack = (account: Account, payment: Payment): Payment | Refusal =>
  canBeChargedBack(payment)
    ? movePayment(account, interrupt(payment), "charged_back")
    : invalidState("payment_not_chargeable_back", `Payment is ${payment.status}`);

/** The bank withdraws the charge-back: the money is the club's again. */
export const cancelChargeBack = (account: Account, payment: Payment): Payment | Refusal => {
  if (payment.status !== "charged_back")
    return invalidState("payment_not_charged_back", `Payment is ${payment.status}`);
  const wasPaidOut = payment.links.payout !== undefined;
  const restored: Payment = {
    ...payment,
    status: wasPaidOut ? "paid_out" : "confirmed",
    path: wasPaidOut ? [] : ["paid_out"],
  };
  account.payments.put(restored);
  account.record("payments", "chargeback_cancelled", { payment: payment.id }, payment.metadata, {
    scheme: payment.scheme,
  });
  if (wasPaidOut) undoChargeBack(account, restored);
  else proceedPayment(account, restored);
  return restored;
};

export const cancelPayment = (account: Account, payment: Payment): Payment | Refusal =>
  payment.status === "pending_submission"
    ? movePayment(account, interrupt(payment), "cancelled")
    : invalidState("cancellation_failed", "This payment cannot be cancelled");

/** Money that is collected again will be in another payout, if any. */
const outOfPayout = ({ links }: Payment): Links =>
  Object.fromEntries(Object.entries(links).filter(([name]) => name !== "payout"));

/** By hand, a payment can be retried three times. */
const RETRIES_MAX = 3;

export const retryPayment = (account: Account, payment: Payment, body: object): Payment | Refusal => {
  const mandate = account.mandates.get(payment.links.mandate ?? "");
  const retries = account.events
    .all()
    .filter(({ action, links }) => action === "resubmission_requested" && links.payment === payment.id).length;
  if (payment.status !== "failed" || retries >= RETRIES_MAX || (mandate && !isOpenMandate(mandate))) {
    return invalidState("retry_failed", "This payment cannot be retried");
  }
  const earliest = mandate ? earliestCharge(mandate, account.now()) : toDay(account.now());
  const { charge_date = earliest } = body as { readonly charge_date?: string };
  if (charge_date < earliest) {
    const message = `must be on or after the mandate's next_possible_charge_date (${earliest})`;
    return validationFailed([fault("/data/charge_date", message)]);
  }
  const links = outOfPayout(payment);
  const path = paymentPath("paid_out");
  const retried = account.payments.put({ ...payment, status: "pending_submission", path, charge_date, links });
  account.record("payments", "resubmission_requested", paymentLinks(payment), payment.metadata);
  proceedPayment(account, retried);
  return retried;
};
