import type { When } from "../stand-in/faults.ts";
import type { GoCardlessLifecycle } from "./options.ts";
import type { Mandate, MandateStatus, Payment, PaymentStatus } from "./resources.ts";

/**
 * How a payment ends: `late_failure` fails after it was confirmed, `confirmed` stays there. `retried` fails at first, and GoCardless
 * tries it again by itself; `retried_in_vain` fails then as well.
 */
export const paymentEnds = [
  "paid_out",
  "confirmed",
  "failed",
  "late_failure",
  "charged_back",
  "retried",
  "retried_in_vain",
] as const;
export type PaymentEnd = (typeof paymentEnds)[number];

/** Decides how the next payments end (`on` is matched against the billing request's or mandate's id). */
export type EndRule = When & { readonly status: PaymentEnd };

export const paymentPath = (end: PaymentEnd): readonly PaymentStatus[] => {
  switch (end) {
    case "paid_out":
      return ["submitted", "confirmed", "paid_out"];
    case "confirmed":
      return ["submitted", "confirmed"];
    case "failed":
      return ["submitted", "failed"];
    case "late_failure":
      return ["submitted", "confirmed", "failed"];
    case "charged_back":
      return ["submitted", "confirmed", "charged_back"];
    case "retried":
      return ["submitted", "failed", "pending_submission", ...paymentPath("paid_out")];
    case "retried_in_vain":
      return ["submitted", "failed", "pending_submission", ...paymentPath("failed")];
  }
};

/** Payments that do not allow retries are not retried. */
export const allowedEnd = (drawn: PaymentEnd = "paid_out", retryIfPossible = false): PaymentEnd =>
  !retryIfPossible && (drawn === "retried" || drawn === "retried_in_vain") ? "failed" : drawn;

export const mandatePath: readonly MandateStatus[] = ["submitted", "active"];

/** How long until the payment's next automatic status; null if it happens only on demand. */
export const paymentWait = (payment: Payment, lifecycle: GoCardlessLifecycle): number | null => {
  if (payment.status === "pending_submission") return lifecycle.paymentSubmittedMs;
  return payment.status === "submitted" ? lifecycle.paymentConfirmedMs : lifecycle.paymentEndMs;
};

export const mandateWait = (mandate: Mandate, lifecycle: GoCardlessLifecycle): number | null =>
  mandate.status === "pending_submission" ? lifecycle.mandateSubmittedMs : lifecycle.mandateActiveMs;

/** What can still happen to a payment by its status. */
export const canFail = (payment: Payment): boolean =>
  ["pending_submission", "submitted", "confirmed", "paid_out"].includes(payment.status);
export const canBeChargedBack = (payment: Payment): boolean => ["confirmed", "paid_out"].includes(payment.status);
export const isOpenMandate = (mandate: Mandate): boolean =>
  ["pending_submission", "submitted", "active"].includes(mandate.status);
