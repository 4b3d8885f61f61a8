import type { When } from "../stand-in/faults.ts";
import type { Outcome } from "./message.ts";

/** Decides how texts end: all of them, the next few, or those to one number (`on` is matched against the recipient). */
export type OutcomeRule = When & Outcome;

const delivered: Outcome = { status: "delivered" };

export const toOutcome = (rule: OutcomeRule | undefined): Outcome => {
  if (rule === undefined) return delivered;
  const errorCode =
    rule.errorCode ?? (rule.status === "undelivered" ? 30003 : rule.status === "failed" ? 30008 : undefined);
  return {
    status: rule.status,
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(rule.later === undefined ? {} : { later: rule.later }),
  };
};
