import { downgradeTypography } from "./typography.ts";

/** A longer name costs segments, or is not a name but a stranger's words, which must not reach parents in the club's texts. */
const WORDS_MAX = 2;
const LETTERS_MAX = 20;

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });
const lettersOf = (text: string): string[] => Array.from(letters.segment(text), ({ segment }) => segment);

/**
 * A first name as the text shows it. Letters stay as the parent wrote them. Typography is simplified as in the template, since
 * one curly apostrophe would triple the segments.
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
