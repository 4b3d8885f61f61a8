import { ASKED_REMINDERS_MAX, CORRECTIONS_MAX, RESENDS_MAX, TERMS_AMENDMENTS_MAX } from "@touchline/contracts";
import type { OfKind } from "../registration/decide.ts";
import type { TextViolation } from "../registration/names.ts";
import { NOTES_MAX } from "../registration/notes.ts";
import type { RemindResult } from "../registration/remind.ts";
import type { SnoozeResult } from "../registration/snooze.ts";
import type { FieldViolation } from "../registration/violations.ts";

/** Why the link is not texted although the registration exists. */
export const noTextReasons = [
  "registration_cancelled",
  "paid",
  "waived",
  "refunded",
  "opted_out",
  "number_refused",
  "no_link",
  "held",
] as const;
export type NoTextReason = (typeof noTextReasons)[number];

/** Why a change was not made. */
export type ChangeRefusal =
  | OfKind<"not_found" | "registration_cancelled" | "too_many_resends" | "too_many_corrections" | "too_many_amendments">
  /** The same id was used before with another amount, or no payment was ever made. */
  | OfKind<"refund_differs" | "nothing_paid">
  /** For money from elsewhere: the id was used before with other content, or there is nothing to withdraw, or no link asks for a fee. */
  | OfKind<"record_differs" | "not_recorded" | "no_fee">
  | OfKind<"too_many_notes" | "no_such_note">
  /** Why the earlier refund or record failed, in words. */
  | { readonly kind: "came_to_nothing"; readonly why: string }
  /** This actor's role does not allow it. */
  | OfKind<"not_allowed">
  | { readonly kind: "too_soon"; readonly retryAfterMs: number }
  | { readonly kind: "not_texted"; readonly reason: NoTextReason }
  | { readonly kind: "fields_refused"; readonly violations: readonly FieldViolation[] }
  | { readonly kind: "invalid"; readonly field: string; readonly violation: TextViolation };

export type ResendOutcome = ChangeRefusal | { readonly kind: "resent"; readonly resends: number };
export type CorrectionOutcome =
  | ChangeRefusal
  | OfKind<"unchanged">
  /** `noText` is set when the link is not texted to the new number. */
  | { readonly kind: "corrected"; readonly noText: NoTextReason | undefined };
export type CancelOutcome = ChangeRefusal | OfKind<"cancelled" | "cancelled_before">;
/** `refunded`: GoCardless has accepted the refund that was asked for before. `counted`: the record counts. */
export type RefundOutcome = ChangeRefusal | OfKind<"refund_requested" | "refunding" | "refunded">;
export type MoneyOutcome = ChangeRefusal | OfKind<"recorded" | "recorded_before" | "counted">;
export type RepliesOutcome = ChangeRefusal | OfKind<"replies_handled" | "no_replies">;
export type TextsWishOutcome = ChangeRefusal | OfKind<"wish_recorded" | "wish_known">;
/** `not_held`: it was released already, or never held. */
export type ReleaseOutcome = ChangeRefusal | OfKind<"released" | "not_held">;
export type AmendOutcome = ChangeRefusal | OfKind<"amended" | "unchanged">;
export type NoteOutcome = ChangeRefusal | OfKind<"noted" | "noted_before">;
export type NoteRemovalOutcome = ChangeRefusal | OfKind<"note_removed" | "note_removed_before">;
export type EraseOutcome = ChangeRefusal | OfKind<"erased" | "erased_before">;

export type SnoozeOutcome = ChangeRefusal | SnoozeResult;
/** `skipped`: how many unpaid families were not reminded, by reason. */
export type TeamOutcome =
  | OfKind<"not_allowed">
  | {
      readonly kind: "team_reminded";
      readonly reminded: number;
      readonly skipped: ReadonlyMap<NoReminderReason, number>;
    };

/** Why an unpaid family is not reminded. */
export type NoReminderReason =
  | Extract<NoTextReason, "no_link" | "opted_out" | "number_refused">
  | Exclude<RemindResult["kind"], "reminded" | "not_found" | "not_owed">;

const skipReasons: Readonly<Record<NoReminderReason, string>> = {
  no_link: "without a payment link yet",
  opted_out: "with a phone that wants no texts",
  number_refused: "with a number that cannot be texted",
  held: "held, as the same child may be registered twice",
  snoozed: "snoozed or exempt",
  money_comes: "with money that may be on its way",
  texted_today: "texted today, or about to be",
  too_many_reminders: `reminded ${ASKED_REMINDERS_MAX} times on request`,
};

export const noReminderReasons = Object.keys(skipReasons) as NoReminderReason[];

/** After a number of families: `snoozed or exempt`. */
export const noReminderWords = (reason: NoReminderReason): string => skipReasons[reason];

const reasons: Readonly<Record<NoTextReason, string>> = {
  registration_cancelled: "the registration is cancelled",
  paid: "it is paid already",
  waived: "the fee is waived",
  refunded: "the fee was refunded",
  opted_out: "the owner of this number asked for no more texts",
  number_refused: "this number cannot be texted, so correct it first",
  no_link: "GoCardless refused the payment request, so there is no link",
  held: "the same child seems to be registered already, so release this registration first, or cancel it",
};

/** A clause, such as `it is paid already`. */
export const noTextWords = (reason: NoTextReason): string => reasons[reason];

/** A refusal in one sentence, for people. */
export const refusalWords = (refusal: ChangeRefusal): string => {
  switch (refusal.kind) {
    case "not_found":
      return "There is no such registration.";
    case "not_allowed":
      return "Your role does not allow this.";
    case "registration_cancelled":
      return "The registration is cancelled.";
    case "refund_differs":
      return "This refund was already asked for, with a different amount.";
    case "nothing_paid":
      return "There is no payment to give back.";
    case "record_differs":
      return "This was already recorded, with different details.";
    case "not_recorded":
      return "There is no such record to undo.";
    case "no_fee":
      return "There is no payment link yet, so no money can be recorded.";
    case "too_many_notes":
      return `A family can have at most ${NOTES_MAX} notes. Remove one first.`;
    case "no_such_note":
      return "There is no such note.";
    case "came_to_nothing":
      return `${refusal.why}.`;
    case "not_texted":
      return `The link is not texted: ${noTextWords(refusal.reason)}.`;
    case "too_many_resends":
      return `The link has been texted again ${RESENDS_MAX} times, the most allowed.`;
    case "too_many_corrections":
      return `The number has been corrected ${CORRECTIONS_MAX} times, the most allowed.`;
    case "too_many_amendments":
      return `The monthly fee and payment day have been changed ${TERMS_AMENDMENTS_MAX} times, the most allowed.`;
    case "too_soon":
      return "The link was texted again less than a minute ago.";
    case "fields_refused":
      return `The change was refused: ${refusal.violations.map(({ field }) => field).join(", ")}.`;
    case "invalid":
      return `The change was refused: ${refusal.field}.`;
  }
};
