import { unpaidStatuses } from "../today/next-actions.ts";

/** Filters for a list of families, besides their statuses. */
export const traits = ["unpaid", "behind", "undelivered", "suspended", "replied", "held", "snoozed"] as const;
export type Trait = (typeof traits)[number];

/** A condition on a row. */
export const unpaid = `payment_status IN (${unpaidStatuses.map((status) => `'${status}'`).join(", ")})`;

/** Each as a condition on a row. */
export const conditionsAt = (now: Date): Readonly<Record<Trait, string>> => ({
  unpaid,
  behind: "(behind_pence > 0 OR mandate_status = 'gone')",
  undelivered: "sms_delivery_status IN ('undelivered', 'failed')",
  suspended: "(suspended_at IS NOT NULL AND cancelled = 0)",
  replied: "replied_at IS NOT NULL",
  held: "(held_for IS NOT NULL AND cancelled = 0)",
  snoozed: `(snoozed_until = 'season' OR snoozed_until > '${now.toISOString()}')`,
});
