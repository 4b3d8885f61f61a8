/** Words that occur nowhere else, in every encoding that a machine may use. */
export interface Canary {
  readonly what: string;
  readonly spellings: readonly string[];
}

const base64 = (bytes: string) =>
  // Three ways in which encoded data may contain it; the edges depend on their neighbours.
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(" ".repeat(shift) + bytes).toString("base64");
    const start = shift === 0 ? 0 : shift + 1;
    return encoded.slice(start, Math.floor(((Buffer.byteLength(bytes) + shift) * 8) / 6)).replace(/=+$/, "");
  });

const escaped = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const written = (text: string) => [
  text,
  escaped(text),
  encodeURIComponent(text),
  encodeURIComponent(text).replaceAll("%20", "+"),
  Buffer.from(text).toString("latin1"),
  Buffer.from(text).toString("hex"),
  ...base64(text),
  ...base64(text).map((encoded) => encoded.replaceAll("+", "-").replaceAll("/", "_")),
];

export const nameCanary = (text: string): Canary => ({
  what: text,
  spellings: [...new Set([text, text.toUpperCase(), text.toLowerCase()].flatMap(written))],
});

/** `national` has eleven digits: 07700900123. */
export const phoneCanary = (national: string): Canary => {
  const digits = national.slice(1);
  const [a, b, c] = [digits.slice(0, 4), digits.slice(4, 7), digits.slice(7)];
  const forms = ["0", "+44", "44", "0044", "+44 (0)", ""].flatMap((prefix) => [
    `${prefix}${digits}`,
    `${prefix}${a} ${b}${c}`,
    `${prefix} ${a} ${b}${c}`.trim(),
    `${prefix}${a} ${b} ${c}`,
    `${prefix}${a}-${b}-${c}`,
  ]);
  return { what: national, spellings: [...new Set(forms.flatMap(written))] };
};

/** The canaries found in a text: the word, the spelling, and the text around it. */
export const findCanaries = (canaries: readonly Canary[], place: string, text: string): string[] =>
  canaries.flatMap(({ what, spellings }) =>
    spellings.flatMap((spelling) => {
      const at = text.indexOf(spelling);
      return at < 0 ? [] : [`${place} has ${what} as ${spelling}: …${text.slice(Math.max(0, at - 200), at + 100)}…`];
    }),
  );
