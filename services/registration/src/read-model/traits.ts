import { settledStatuses, unpaidStatuses } from "@touchline/contracts";

/** Filters for a list of families, besides their statuses. */
export const traits = [
  "unpaid",
  "behind",
  "undelivered",
  "suspended",
  "replied",
  "held",
  "snoozed",
  "money_failed",
  "subscription_refused",
] as const;
export type Trait = (typeof traits)[number];

const statusIn = (statuses: readonly string[]) =>
  `payment_status IN (${statuses.map((status) => `'${status}'`).join(", ")})`;
/** Conditions on a row. */
export const unpaid = statusIn(unpaidStatuses);
export const settled = statusIn(settledStatuses);

/** Each as a condition on a row. */
export const conditionsAt = (now: Date): Readonly<Record<Trait, string>> => ({
  unpaid,
  behind: "(behind_pence > 0 OR mandate_status = 'gone')",
  undelivered: "sms_delivery_status IN ('undelivered', 'failed')",
  suspended: "(suspended_at IS NOT NULL AND cancelled = 0)",
  replied: "replied_at IS NOT NULL",
  held: "(held_for IS NOT NULL AND cancelled = 0)",
  snoozed: `(snoozed_until = 'season' OR snoozed_until > '${now.toISOString()}')`,
  money_failed: "money_error IS NOT NULL",
  subscription_refused: "subscription_refused_at IS NOT NULL",
});
