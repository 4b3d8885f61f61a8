import { downgradeTypography } from "./typography.ts";

/** More would be paid for in segments, or is no name: a stranger's words would reach the parent in the club's text. */
const WORDS_MAX = 2;
const LETTERS_MAX = 20;

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });
const lettersOf = (text: string): string[] => Array.from(letters.segment(text), ({ segment }) => segment);

/**
 * A first name as the text shows it: its letters as the parent wrote them, its typography as the template's, since one curly
 * apostrophe would triple the segments.
 */
export function shownName(firstName: string): string {
  const words = downgradeTypography(firstName).trim().split(/\s+/);
  const shown = words.slice(0, WORDS_MAX).join(" ");
  if (lettersOf(shown).length <= LETTERS_MAX) return shown;
  return lettersOf(words[0] ?? "")
    .slice(0, LETTERS_MAX)
    .join("")
    .replace(/[-'.]+$/, "");
}
