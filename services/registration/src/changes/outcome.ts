import { CORRECTIONS_MAX, RESENDS_MAX } from "@touchline/contracts";
import type { OfKind } from "../registration/decide.ts";
import type { TextViolation } from "../registration/names.ts";

/** Why the link is not texted, though the registration is there. */
export const noTextReasons = ["registration_cancelled", "paid", "opted_out", "number_refused", "no_link"] as const;
export type NoTextReason = (typeof noTextReasons)[number];

/** Why a change was not made. */
export type ChangeRefusal =
  | OfKind<"not_found" | "registration_cancelled" | "too_many_resends" | "too_many_corrections">
  | { readonly kind: "too_soon"; readonly retryAfterMs: number }
  | { readonly kind: "not_texted"; readonly reason: NoTextReason }
  | { readonly kind: "invalid"; readonly field: string; readonly violation: TextViolation };

export type ResendOutcome = ChangeRefusal | { readonly kind: "resent"; readonly resends: number };
export type CorrectionOutcome =
  | ChangeRefusal
  | OfKind<"unchanged">
  /** `noText` is set when the link is not texted to the new number. */
  | { readonly kind: "corrected"; readonly noText: NoTextReason | undefined };
export type CancelOutcome = ChangeRefusal | OfKind<"cancelled" | "cancelled_before">;
export type EraseOutcome = ChangeRefusal | OfKind<"erased" | "erased_before">;

const reasons: Readonly<Record<NoTextReason, string>> = {
  registration_cancelled: "the registration is cancelled",
  paid: "it is paid already",
  opted_out: "the owner of this number asked for no more texts",
  number_refused: "this number cannot be texted, so correct it first",
  no_link: "GoCardless refused the payment request, so there is no link",
};

/** A clause: `it is paid already`. */
export const noTextWords = (reason: NoTextReason): string => reasons[reason];

/** A refusal in one sentence, for people. */
export const refusalWords = (refusal: ChangeRefusal): string => {
  switch (refusal.kind) {
    case "not_found":
      return "There is no such registration.";
    case "registration_cancelled":
      return "The registration is cancelled.";
    case "not_texted":
      return `The link is not texted: ${noTextWords(refusal.reason)}.`;
    case "too_many_resends":
      return `The link was texted again ${RESENDS_MAX} times; no more.`;
    case "too_many_corrections":
      return `The number was corrected ${CORRECTIONS_MAX} times; no more.`;
    case "too_soon":
      return "The link was texted again less than a minute ago.";
    case "invalid":
      return `The change was refused: ${refusal.field}.`;
  }
};
