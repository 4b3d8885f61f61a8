import type { Account } from "./account.ts";
import { chargeDates } from "./calendar.ts";
import type { Payment, Subscription } from "./resources.ts";

export const paymentsOf = (account: Account, { id }: Subscription): Payment[] =>
  account.payments.all().filter(({ links }) => links.subscription === id);

/** What is still to be charged after a day, as far as GoCardless shows it. */
export const upcomingAfter = (
  account: Account,
  subscription: Subscription,
  day: string,
): Subscription["upcoming_payments"] => {
  const { amount } = subscription;
  const charged = { times: paymentsOf(account, subscription).length, last: day };
  return chargeDates(subscription, charged).map((charge_date) => ({ amount, charge_date }));
};
