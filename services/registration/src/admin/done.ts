import type { Html } from "@touchline/service/html";
import { type NoTextReason, noTextReasons, noTextWords } from "../changes/outcome.ts";
import { notice } from "./layout.ts";

/** What a form did, taken from the address of the page that follows it. */
export type DoneKey =
  | "resend"
  | "release"
  | "amend"
  | "terms"
  | "same_content"
  | "phone"
  | `phone_${NoTextReason}`
  | "same"
  | "replies"
  | "no_texts"
  | "texts_again"
  | "refund"
  | "refunding"
  | "refunded"
  | "money"
  | "undone"
  | "money_before"
  | "note"
  | "note_removed"
  | "cancelled"
  | "cancelled_before"
  | "erased"
  | "snoozed"
  | "snoozed_before"
  | "snooze_ended"
  | "not_snoozed";

const words: ReadonlyMap<string, string> = new Map<DoneKey, string>([
  ["resend", "The link is being texted again."],
  ["amend", "The registration was amended. Texts already sent keep the old details; later ones have the new."],
  ["terms", "The new monthly fee and payment day apply to every collection that has not begun."],
  ["same_content", "It is the same as before; nothing was changed."],
  [
    "release",
    "The registration goes ahead: its link is being made and will be texted. If it was the same child after all, cancel it.",
  ],
  ["phone", "The number was corrected; the link is being texted to it."],
  ...noTextReasons.map((reason): [DoneKey, string] => [
    `phone_${reason}`,
    `The number was corrected, but the link is not texted to it: ${noTextWords(reason)}.`,
  ]),
  ["replies", "What the parent texted back is dealt with."],
  ["no_texts", "This number gets no more texts, except one already on its way."],
  ["texts_again", "The number may be texted again; a link that was held back goes out within half a minute."],
  ["refund", "GoCardless is being asked to pay it back. The result will show below."],
  ["refunding", "This refund was already asked for. It is made only once."],
  ["refunded", "This refund was already made. It is made only once."],
  ["money", "The money is recorded. Whether it counts shows below, and a mistake can be undone there."],
  ["undone", "The record is being undone. The link then asks for the money again."],
  ["money_before", "This was already recorded. It counts only once."],
  ["note", "The note was added. Only operators see it."],
  ["note_removed", "The note was removed."],
  [
    "cancelled",
    "The registration is cancelled: no more texts go out, and the link says so. What was paid stays paid until it is refunded.",
  ],
  ["cancelled_before", "It was already cancelled; nothing was changed."],
  [
    "erased",
    "The family is forgotten: names, numbers, texts and notes. Copies elsewhere follow within moments; the last traces on the disk go at the next clean-up.",
  ],
  ["snoozed", "The family is left alone for the time shown below, where you can also resume reminders."],
  ["snoozed_before", "The family was already left alone for that time; nothing was changed."],
  ["snooze_ended", "Reminders continue, and the family can be suspended again."],
  ["not_snoozed", "The family was not left alone; nothing was changed."],
  ["same", "That is already the number; nothing was changed."],
]);

/** Undefined if the address says nothing that we recognise. */
export const doneNotice = (key: string | undefined): Html | undefined => {
  const known = words.get(key ?? "");
  return known === undefined ? undefined : notice("good", known);
};
