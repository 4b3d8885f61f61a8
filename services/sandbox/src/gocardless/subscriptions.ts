import type { Account } from "./account.ts";
import { addDays, chargeDates, earliestCharge } from "./calendar.ts";
import { invalidState, isRefusal, type Refusal, usage, validationFailed } from "./errors.ts";
import { announcePayment } from "./fulfilment.ts";
import { allowedEnd, isOpenMandate, paymentPath } from "./path.ts";
import { paymentShape, subscriptionShape } from "./requests.ts";
import { type Mandate, newId, type Payment, type Subscription } from "./resources.ts";
import { fault } from "./shape.ts";
import { upcomingAfter } from "./upcoming.ts";

type Body = Partial<Subscription> &
  Pick<Subscription, "amount" | "currency" | "interval_unit"> & { readonly links: { readonly mandate: string } };

const INTERVALS_A_YEAR = { weekly: 52, monthly: 12, yearly: 1 };

const at = (name: string) => `/subscriptions/${name}`;

/** Rules between fields, on top of those for each field. */
const crossChecks = (body: Body, earliest: string) => [
  ...(body.day_of_month != null && body.interval_unit === "weekly"
    ? [fault(at("day_of_month"), "can only be used with monthly or yearly intervals")]
    : []),
  ...(body.month != null && body.interval_unit !== "yearly"
    ? [fault(at("month"), "can only be used with yearly intervals")]
    : []),
  ...(body.interval_unit === "yearly" && (body.month != null) !== (body.day_of_month != null)
    ? [fault(at("day_of_month"), "month and day_of_month must be given together")]
    : []),
  ...((body.interval ?? 1) > INTERVALS_A_YEAR[body.interval_unit]
    ? [fault(at("interval"), "must result in at least one charge date per year")]
    : []),
  ...(body.start_date != null && body.start_date < earliest
    ? [fault(at("start_date"), `must be on or after the mandate's next_possible_charge_date (${earliest})`)]
    : []),
  ...(body.start_date != null && body.start_date > addDays(earliest, 365)
    ? [fault(at("start_date"), "must be within a year")]
    : []),
  ...(body.count != null && body.end_date != null ? [fault(at("end_date"), "can't be used together with count")] : []),
  ...(body.end_date != null && body.end_date <= (body.start_date ?? earliest)
    ? [fault(at("end_date"), "must be after the start_date")]
    : []),
];

/** The mandate, if it can be charged. */
export const chargeable = (account: Account, id: string): Mandate | Refusal => {
  const mandate = account.mandates.get(id);
  if (mandate === undefined) return usage(422, "link_not_found", "Mandate not found");
  const { new_mandate } = mandate.links;
  if (new_mandate) return invalidState("mandate_replaced", "Mandate has been replaced", { new_mandate });
  return isOpenMandate(mandate) ? mandate : invalidState("mandate_is_inactive", "Mandate is inactive", { mandate: id });
};

export const createSubscription = (account: Account, given: unknown): Subscription | Refusal => {
  const errors = subscriptionShape(given, "/subscriptions");
  if (errors.length > 0) return validationFailed(errors);
  const body = given as Body;
  const mandate = chargeable(account, body.links.mandate);
  if (isRefusal(mandate)) return mandate;
  const earliest = earliestCharge(mandate, account.now());
  const crossed = crossChecks(body, earliest);
  if (crossed.length > 0) return validationFailed(crossed);
  const rule = {
    start_date: body.start_date ?? earliest,
    end_date: body.end_date ?? null,
    interval: body.interval ?? 1,
    interval_unit: body.interval_unit,
    day_of_month: body.day_of_month ?? null,
    month: body.month ?? null,
    count: body.count ?? null,
  };
  const dates = chargeDates(rule);
  if (dates.length === 0) return validationFailed([fault(at("end_date"), "leaves no payment to collect")]);
  const created = account.subscriptions.put({
    id: newId("SB"),
    created_at: account.now().toISOString(),
    amount: body.amount,
    currency: body.currency,
    status: "active",
    name: body.name ?? null,
    ...rule,
    start_date: body.start_date ?? dates[0] ?? earliest,
    payment_reference: body.payment_reference ?? null,
    retry_if_possible: body.retry_if_possible ?? false,
    app_fee: body.app_fee ?? null,
    earliest_charge_date_after_resume: null,
    upcoming_payments: dates.map((charge_date) => ({ amount: body.amount, charge_date })),
    metadata: body.metadata ?? {},
    links: { mandate: mandate.id },
  });
  account.record("subscriptions", "created", { subscription: created.id }, created.metadata);
  return created;
};

type PaymentBody = Partial<Payment> &
  Pick<Payment, "amount" | "currency"> & { readonly links: { readonly mandate: string } };

export const createPayment = (account: Account, given: unknown): Payment | Refusal => {
  const errors = paymentShape(given, "/payments");
  if (errors.length > 0) return validationFailed(errors);
  const body = given as PaymentBody;
  const mandate = chargeable(account, body.links.mandate);
  if (isRefusal(mandate)) return mandate;
  const earliest = earliestCharge(mandate, account.now());
  if (body.charge_date != null && body.charge_date < earliest) {
    const message = `must be on or after the mandate's next_possible_charge_date (${earliest})`;
    return validationFailed([fault("/payments/charge_date", message)]);
  }
  return collect(account, mandate, body, {});
};

/** The next payment of a subscription, now and not on its day: nobody waits a month for a stand-in. */
export const collectNext = (account: Account, subscription: Subscription): Payment | Refusal => {
  const mandate = chargeable(account, subscription.links.mandate);
  if (isRefusal(mandate)) return mandate;
  const [next] = subscription.upcoming_payments;
  if (next === undefined) return invalidState("subscription_finished", "There is nothing left to collect");
  const { amount, currency, name: description, payment_reference: reference, retry_if_possible } = subscription;
  const { charge_date } = next;
  const wanted = { amount, currency, description, reference, retry_if_possible, charge_date };
  const link = { subscription: subscription.id };
  // A pause for some cycles ends with the next collection.
  if (subscription.status === "paused") {
    account.record("subscriptions", "resumed", link, subscription.metadata, { origin: "gocardless" });
  }
  const payment = collect(account, mandate, wanted, link);
  const upcoming_payments = upcomingAfter(account, subscription, charge_date);
  const isLast = upcoming_payments.length === 0;
  account.subscriptions.put({ ...subscription, status: isLast ? "finished" : "active", upcoming_payments });
  const links = { ...link, payment: payment.id };
  account.record("subscriptions", "payment_created", links, subscription.metadata);
  if (isLast) account.record("subscriptions", "finished", link, subscription.metadata);
  return payment;
};

const collect = (
  account: Account,
  mandate: Mandate,
  wanted: Pick<Payment, "amount" | "currency"> &
    Partial<Pick<Payment, "description" | "reference" | "metadata" | "charge_date" | "retry_if_possible">>,
  links: Record<string, string>,
): Payment => {
  const payment = account.payments.put({
    id: newId("PM"),
    created_at: account.now().toISOString(),
    charge_date: wanted.charge_date ?? earliestCharge(mandate, account.now()),
    amount: wanted.amount,
    amount_refunded: 0,
    currency: wanted.currency,
    description: wanted.description ?? null,
    reference: wanted.reference ?? null,
    scheme: mandate.scheme,
    status: "pending_submission",
    retry_if_possible: wanted.retry_if_possible ?? false,
    metadata: wanted.metadata ?? {},
    links: { creditor: account.creditor, mandate: mandate.id, ...links },
    path: paymentPath(allowedEnd(account.faults.drawOutcome(mandate.id)?.status, wanted.retry_if_possible)),
    customer: mandate.links.customer,
  });
  announcePayment(account, payment);
  return payment;
};
