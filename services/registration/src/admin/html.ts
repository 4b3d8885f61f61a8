/** HTML that is safe to send: what is put into it is escaped, unless it is HTML itself. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** `false` and `undefined` leave nothing behind, so that a condition can stand in a template. */
export type Piece = Html | string | number | false | undefined | readonly Html[];

export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html =>
  new Html(strings.reduce((text, string, index) => text + render(pieces[index - 1]) + string));

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const render = (piece: Piece): string => {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.toString();
  if (typeof piece === "object") return piece.map((one) => one.toString()).join("");
  return String(piece).replace(/[&<>"']/g, (character) => entities[character] ?? character);
};
