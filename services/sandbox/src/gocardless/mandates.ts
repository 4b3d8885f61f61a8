import type { Account } from "./account.ts";
import { nextPossibleChargeDate, toDay } from "./calendar.ts";
import { interrupt, movePayment } from "./collecting.ts";
import { invalidState, type Refusal } from "./errors.ts";
import { type Details, eventDetails } from "./event-details.ts";
import { isOpenMandate, mandateWait } from "./path.ts";
import { type Mandate, type MandateStatus, newId, type Payment, type Subscription } from "./resources.ts";

/** What banks, payers and the club do with mandates, and what ends with a mandate. */

const closed: readonly MandateStatus[] = ["failed", "cancelled", "expired"];

const moveMandate = (account: Account, mandate: Mandate, status: MandateStatus, details: Details = {}): Mandate => {
  const isClosed = closed.includes(status);
  const moved = account.mandates.put({
    ...mandate,
    status,
    path: isClosed ? [] : mandate.path.slice(1),
    next_possible_charge_date: isClosed ? null : mandate.next_possible_charge_date,
  });
  const scheme = status === "failed" || status === "cancelled" ? { scheme: mandate.scheme } : {};
  account.record("mandates", status, { mandate: mandate.id }, mandate.metadata, { ...scheme, ...details });
  if (isClosed) endWhatHangsOn(account, moved, { ...eventDetails("mandates", status), ...details });
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

/** Subscriptions, and payments not submitted yet, end with their mandate, for the same cause. */
const endWhatHangsOn = (account: Account, mandate: Mandate, details: Details): void => {
  for (const subscription of account.subscriptions.all()) {
    if (subscription.links.mandate === mandate.id && ["active", "paused"].includes(subscription.status)) {
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

export const expireMandate = (account: Account, mandate: Mandate): Mandate | Refusal =>
  isOpenMandate(mandate)
    ? moveMandate(account, mandate, "expired")
    : invalidState("mandate_is_inactive", `Mandate is ${mandate.status}`);

/** The payer's account has moved to another bank, and the mandate with it. */
export const transferMandate = (account: Account, mandate: Mandate): Mandate | Refusal => {
  if (!isOpenMandate(mandate)) return invalidState("mandate_is_inactive", `Mandate is ${mandate.status}`);
  const links = { ...mandate.links, customer_bank_account: newId("BA") };
  account.record(
    "mandates",
    "transferred",
    {
      mandate: mandate.id,
      previous_customer_bank_account: mandate.links.customer_bank_account ?? "",
      new_customer_bank_account: links.customer_bank_account,
    },
    mandate.metadata,
  );
  return account.mandates.put({ ...mandate, links });
};

/** The club moves to another scheme identifier: a new mandate takes over everything from the old one. */
export const replaceMandate = (account: Account, mandate: Mandate): Mandate | Refusal => {
  if (!isOpenMandate(mandate) || mandate.links.new_mandate)
    return invalidState("mandate_is_inactive", `Mandate is ${mandate.status}`);
  const made = account.mandates.put({ ...mandate, id: newId("MD"), created_at: account.now().toISOString() });
  const moveOn = <T extends Payment | Subscription>(row: T): T => ({
    ...row,
    links: { ...row.links, mandate: made.id },
  });
  for (const one of account.subscriptions.all()) {
    if (one.links.mandate === mandate.id) account.subscriptions.put(moveOn(one));
  }
  for (const one of account.payments.all()) {
    if (one.links.mandate === mandate.id && one.status === "pending_submission") account.payments.put(moveOn(one));
  }
  const links = { ...mandate.links, new_mandate: made.id };
  account.mandates.put({ ...mandate, status: "cancelled", path: [], next_possible_charge_date: null, links });
  account.record("mandates", "replaced", { mandate: mandate.id, new_mandate: made.id }, mandate.metadata);
  proceedMandate(account, made);
  return made;
};

/** The bank withdraws its cancellation. What ended with the mandate stays ended. */
export const reinstateMandate = (account: Account, mandate: Mandate): Mandate | Refusal => {
  if (isOpenMandate(mandate)) return invalidState("mandate_not_inactive", `Mandate is ${mandate.status}`);
  const next_possible_charge_date = nextPossibleChargeDate(toDay(account.now()));
  const again = account.mandates.put({ ...mandate, status: "active", next_possible_charge_date });
  account.record("mandates", "reinstated", { mandate: mandate.id }, mandate.metadata);
  return again;
};

/** Cancelled by the payer at the bank, or through the API. */
export const cancelMandate = (account: Account, mandate: Mandate, by: "payer" | "api"): Mandate | Refusal => {
  if (!isOpenMandate(mandate)) return invalidState("cancellation_failed", "This mandate cannot be cancelled");
  const api = { origin: "api", cause: "mandate_cancelled", description: "The mandate was cancelled at your request." };
  return moveMandate(account, mandate, "cancelled", by === "api" ? api : { origin: "bank" });
};
