/** HTML that is safe to send: everything put into it is escaped, unless it is already HTML. */
export class Html {
  readonly #text: string;

  /** `text` must already be safe. */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** `false` and `undefined` become nothing, so that a template can hold a condition. */
export type Piece = Html | string | number | false | undefined | readonly Html[];

/** A template tag: html`<p>${name}</p>` escapes the name. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html =>
  new Html(strings.reduce((text, string, index) => text + render(pieces[index - 1]) + string));

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe in an element's text and in a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

const render = (piece: Piece): string => {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.toString();
  if (typeof piece === "object") return piece.map((one) => one.toString()).join("");
  return escapeHtml(String(piece));
};
