import type { Account } from "./account.ts";
import { addDays, chargeDates, earliestCharge } from "./calendar.ts";
import { invalidState, isRefusal, type Refusal } from "./errors.ts";
import { hidePath, type Subscription } from "./resources.ts";
import { chargeable } from "./subscriptions.ts";
import { paymentsOf, upcomingAfter } from "./upcoming.ts";

/** The body of the action `pause`. */
type Pause = { readonly pause_cycles?: number };

const refusalOf = (row: Subscription, { pause_cycles }: Pause): Refusal | undefined => {
  const { status, end_date, upcoming_payments } = row;
  if (status === "finished") return invalidState("subscription_already_ended", "It has taken all payments");
  const forCycles = status === "paused" && upcoming_payments.length > 0;
  if (forCycles && pause_cycles !== undefined) {
    return invalidState("subscription_paused_cannot_update_cycles", "It is already paused for a number of cycles");
  }
  return (status === "active" || forCycles) && end_date === null
    ? undefined
    : invalidState("subscription_cannot_be_paused", "The subscription cannot be paused");
};

/** The window onto what is charged after so many cycles. */
const afterCycles = (account: Account, row: Subscription, cycles: number): Subscription["upcoming_payments"] => {
  const [next] = row.upcoming_payments;
  if (next === undefined) return [];
  const charged = { times: 0, last: addDays(next.charge_date, -1) };
  const [skipped = ""] = chargeDates({ ...row, count: null }, charged, cycles).slice(-1);
  return upcomingAfter(account, row, skipped);
};

/** Collects nothing for some cycles, or until it is resumed. A `count` is not shortened: the rest is collected later. */
export const pauseSubscription = (account: Account, row: Subscription, body: object = {}): Subscription | Refusal => {
  const pause = body as Pause;
  const refused = refusalOf(row, pause);
  if (refused) return refused;
  const { pause_cycles } = pause;
  const upcoming_payments = pause_cycles === undefined ? [] : afterCycles(account, row, pause_cycles);
  const paused = account.subscriptions.put({ ...row, status: "paused", upcoming_payments });
  account.record("subscriptions", "paused", { subscription: row.id }, row.metadata);
  return paused;
};

/** What a paused subscription would collect if it were resumed now. */
const afterResume = (account: Account, row: Subscription, earliest: string): Subscription["upcoming_payments"] => {
  const days = paymentsOf(account, row).map(({ charge_date }) => charge_date);
  const [last = ""] = [...days, addDays(earliest, -1)].toSorted().reverse();
  return upcomingAfter(account, row, last);
};

export const resumeSubscription = (account: Account, row: Subscription): Subscription | Refusal => {
  if (row.status !== "paused") return invalidState("subscription_not_paused", "It is not paused");
  const mandate = chargeable(account, row.links.mandate);
  if (isRefusal(mandate)) return mandate;
  const upcoming_payments = afterResume(account, row, earliestCharge(mandate, account.now()));
  const resumed = account.subscriptions.put({ ...row, status: "active", upcoming_payments });
  account.record("subscriptions", "resumed", { subscription: row.id }, row.metadata);
  return resumed;
};

/** As the API shows it: while it is paused, with the day of the first collection after a resumption. */
export const showSubscription =
  (account: Account) =>
  (row: Subscription): object => {
    const mandate = account.mandates.get(row.links.mandate);
    if (row.status !== "paused" || mandate === undefined) return hidePath(row);
    const [first] = afterResume(account, row, earliestCharge(mandate, account.now()));
    return { ...hidePath(row), earliest_charge_date_after_resume: first?.charge_date ?? null };
  };
