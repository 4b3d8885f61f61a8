import type { Account } from "./account.ts";
import { invalidState, type Refusal, validationFailed } from "./errors.ts";
import { subscriptionUpdateShape } from "./requests.ts";
import type { Subscription } from "./resources.ts";
import { givenFields } from "./shape.ts";

type Update = Partial<
  Pick<Subscription, "amount" | "name" | "payment_reference" | "retry_if_possible" | "app_fee" | "metadata">
>;

/** How often the amount of one subscription can be changed. */
const AMENDMENTS_MAX = 10;

const refusalOf = (account: Account, row: Subscription, amended: boolean): Refusal | undefined => {
  if (row.status === "finished") return invalidState("subscription_already_ended", "It has taken all payments");
  if (row.status !== "active") return invalidState("subscription_not_active", "The subscription is not active");
  if (!amended) return undefined;
  if (account.mandates.get(row.links.mandate)?.payments_require_approval)
    return invalidState("mandate_payments_require_approval", "The payer has to approve another amount");
  return (row.amendments ?? 0) >= AMENDMENTS_MAX
    ? invalidState("number_of_subscription_amendments_exceeded", `It was amended ${AMENDMENTS_MAX} times`)
    : undefined;
};

/** Neither the day nor the number of payments can change, and existing payments keep their amount. */
export const updateSubscription = (account: Account, row: Subscription, given: unknown): Subscription | Refusal => {
  const errors = subscriptionUpdateShape(given, "/subscriptions");
  if (errors.length > 0) return validationFailed(errors);
  const update = givenFields(given as Update);
  const { amount = row.amount } = update;
  const amended = amount !== row.amount;
  const refused = refusalOf(account, row, amended);
  if (refused) return refused;
  const updated = account.subscriptions.put({
    ...row,
    ...update,
    amendments: (row.amendments ?? 0) + Number(amended),
    upcoming_payments: row.upcoming_payments.map(({ charge_date }) => ({ amount, charge_date })),
  });
  if (amended) account.record("subscriptions", "amended", { subscription: row.id }, updated.metadata);
  return updated;
};
