import { type NoTextReason, noTextReasons, noTextWords } from "../changes/outcome.ts";

/** What a form did, as the address says it of the page that it leads to. */
export type DoneKey = "resend" | "phone" | `phone_${NoTextReason}` | "same";

const words: ReadonlyMap<string, string> = new Map<DoneKey, string>([
  ["resend", "The link is being texted again."],
  ["phone", "The number was corrected; the link is being texted to it."],
  ...noTextReasons.map((reason): [DoneKey, string] => [
    `phone_${reason}`,
    `The number was corrected, but the link is not texted to it: ${noTextWords(reason)}.`,
  ]),
  ["same", "That was the number already; nothing was changed."],
]);

/** Undefined when the address says nothing that we know. */
export const doneWords = (key: string | undefined): string | undefined => words.get(key ?? "");
