/** A word that Touchline does not use. `forms` is a regular expression, matched without regard to case, on whole words. */
interface WrongWord {
  readonly forms: string;
  readonly say: string;
}

/** Words that one file may use, and why. */
interface WordException {
  readonly file: string;
  readonly words: readonly string[];
  readonly why: string;
}

export interface WordList {
  readonly words: readonly WrongWord[];
  readonly exceptions: readonly WordException[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** One line for each wrong word, `file:line: …`, and one for each exception that excuses nothing. */
export const findWords = (files: Iterable<TextFile>, { words, exceptions }: WordList): string[] => {
  const patterns = words.map(({ forms, say }) => ({ pattern: new RegExp(`\\b(?:${forms})\\b`, "giu"), say }));
  const unused = new Set(exceptions.flatMap(({ file, words }) => words.map((word) => `${file}: ${word}`)));
  const found: string[] = [];
  for (const { path, text } of files) {
    const excused = new Set(exceptions.flatMap(({ file, words }) => (file === path ? words : [])));
    for (const [index, line] of text.split("\n").entries()) {
      for (const { pattern, say } of patterns) {
        for (const [word] of line.matchAll(pattern)) {
          const form = word.toLowerCase();
          if (excused.has(form)) unused.delete(`${path}: ${form}`);
          else found.push(`${path}:${index + 1}: "${word}" → ${say}`);
        }
      }
    }
  }
  return [...found, ...[...unused].map((exception) => `checks/words.json: nothing needs the exception ${exception}`)];
};
