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

type Piece = Html | string | number | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

const render = (piece: Piece): string => {
  if (piece instanceof Html) return piece.toString();
  if (typeof piece === "object") return piece.map((one) => one.toString()).join("");
  return escaped(String(piece));
};

export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html =>
  new Html(strings.reduce((text, string, index) => text + render(pieces[index - 1] ?? "") + string));
