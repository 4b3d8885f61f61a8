import type { Known } from "./state.ts";
import type { Content } from "./validate.ts";
import type { FieldViolation } from "./violations.ts";

type Completed = Known["completed"];

const fields: readonly (readonly [path: string, stored: (c: Completed) => unknown, given: (c: Content) => unknown])[] =
  [
    ["child.firstName", (c) => c.child.firstName, (c) => c.child.firstName],
    ["child.lastName", (c) => c.child.lastName, (c) => c.child.lastName],
    ["parent.firstName", (c) => c.parent.firstName, (c) => c.parent.firstName],
    ["parent.lastName", (c) => c.parent.lastName, (c) => c.parent.lastName],
    ["parentPhone", (c) => c.parentPhone, (c) => c.parentPhone],
    ["team", (c) => c.team, (c) => c.team],
    ["ageGroup", (c) => c.ageGroup, (c) => c.ageGroup],
    ["season", (c) => c.season, (c) => c.season],
    ["preferredPaymentDay", (c) => c.preferredPaymentDay, (c) => c.preferredPaymentDay],
    ["billingRequestId", (c) => c.billingRequestId, (c) => c.billingRequestId],
  ];

/**
 * Fields in which a repeat differs from the stored registration; if there are none, it is a duplicate. The e-mail address is
 * never compared, because whether it is stored depends on the configuration at the time.
 */
export const differences = (stored: Completed, given: Content): FieldViolation[] => {
  const paths = fields.filter(([, a, b]) => a(stored) !== b(given)).map(([path]) => path);
  for (const fee of ["signingFeePence", "monthlyFeePence"] as const) {
    // A request without a fee stays the same request when our default has changed since.
    const same = given[fee] === undefined ? stored.defaultedFees.includes(fee) : given[fee] === stored[fee];
    if (!same) paths.push(fee);
  }
  return paths.map((field) => ({
    field,
    code: "differs",
    message: "This differs from what was submitted before under the same registration id.",
  }));
};
