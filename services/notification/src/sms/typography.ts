/** Typographic characters, each row with its equivalent in GSM-7. */
const EQUIVALENTS: readonly [characters: RegExp, equivalent: string][] = [
  [/[\u2018-\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u2039\u203a\u00b4`]/g, "'"],
  [/[\u201c-\u201f\u2033\u2036\u02ba\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212\u2043\u2022\ufe58\ufe63\uff0d]/g, "-"],
  [/\u2026/g, "..."],
  [/\r\n?|[\u2028\u2029\u0085]/g, "\n"],
  [/[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " "],
  // Soft hyphen, zero-width spaces, direction marks, U+FEFF. Not the joiners: they belong to emoji and to some scripts.
  [/[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, ""],
];

/**
 * Replaces characters that word processors insert but GSM-7 lacks: typographic quotes, dashes, ellipses, bullets, special spaces
 * and invisible marks. Letters are composed (NFC), so that é is the one in GSM-7.
 *
 * For templates and names. A name keeps its letters as the parent wrote them, unless `asciiName` is used.
 */
export function downgradeTypography(text: string): string {
  return EQUIVALENTS.reduce(
    (result, [characters, equivalent]) => result.replace(characters, equivalent),
    text.normalize("NFC"),
  );
}

/** Latin letters that Unicode does not decompose into an ASCII letter and marks, each followed by its equivalent. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  [
    "ßss ẞSS ÆAE æae ŒOE œoe ÞTh þth ÐD ðd ĐD đd ƉD ɖd ƊD ɗd ØO øo ƆO ɔo ƟO ɵo ŁL łl ĿL",
    "ŀl ĦH ħh ŦT ŧt ıi ƖI ɩi ĲIJ ĳij ĸq ŉ'n ŊN ŋn ƝN ɲn ſs ƏE əe ƎE ǝe ƐE ɛe ƁB ɓb ƘK ƙk",
    "ƔG ɣg ǤG ǥg ƳY ƴy ƲV ʋv ǷW ƿw ƵZ ƶz ƒf ǄDZ ǅDz ǆdz ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj ǱDZ ǲDz",
    "ǳdz ʾ' ʿ' ꞌ' Ꞌ'",
  ]
    .flatMap((row) => row.split(" "))
    .map((entry) => [entry.slice(0, 1), entry.slice(1)]),
);

/**
 * A name in ASCII, as far as it stays readable: `Zoë` → `Zoe`, `Łukasz` → `Lukasz`, `O’Neill` → `O'Neill`. Letters of scripts
 * without a plain transliteration (Greek, Cyrillic, Arabic, Chinese …) stay as they are.
 */
export function asciiName(name: string): string {
  const plain = downgradeTypography(name).replaceAll("·", ""); // Catalan: Gal·la
  const unmarked = plain.normalize("NFD").replace(/(\p{Script=Latin})\p{M}+/gu, "$1");
  return Array.from(unmarked.normalize("NFC"))
    .map((letter) => LETTERS.get(letter) ?? letter)
    .join("");
}
