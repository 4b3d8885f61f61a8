/** Letters that Unicode does not decompose, as people write them without their marks. */
const plain: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** Other scripts write vowels as marks: only Latin letters lose theirs. */
const ACCENTS = /(?<=\p{Script=Latin}\p{M}*)\p{M}/gu;

/** Only letters and digits, lower case, without accents: `Zoë O’Neill-Smith`, `zoe oneill smith` and `ZOE O NEILL SMITH` are the same. */
export const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(ACCENTS, "")
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþı]/g, (letter) => plain[letter] ?? letter)
    .replaceAll(/[^\p{L}\p{M}\p{N}]/gu, "");
