import { expect, test } from "vitest";
import { findWords, type WordList } from "./find-words.ts";
import list from "./words.json" with { type: "json" };

const words = [
  { forms: "stor(y|ies)", say: "timeline" },
  { forms: "stands?(?!-in)", say: "is" },
];
const find = (text: string, exceptions: WordList["exceptions"] = []) =>
  findWords([{ path: "docs/a.md", text }], { words, exceptions });

test("says which word, in which file and line, and what to say instead", () => {
  expect(find("# One\n\nTwo stories.\nIt Stands in a table.")).toEqual([
    'docs/a.md:3: "stories" → timeline',
    'docs/a.md:4: "Stands" → is',
  ]);
});

test("finds whole words only, and no hyphenated stand-in", () => {
  expect(find("history, standard, stand-ins, two-storyed, understands")).toEqual([]);
});

test("lets a file use the words that it is excused for, and no others", () => {
  const exceptions = [{ file: "docs/a.md", words: ["story"], why: "a quotation" }];
  expect(find("A story\nof stories", exceptions)).toEqual(['docs/a.md:2: "stories" → timeline']);
});

test("refuses an exception that excuses nothing", () => {
  const exceptions = [{ file: "docs/b.md", words: ["story"], why: "was needed once" }];
  expect(find("A line.", exceptions)).toEqual(["checks/words.json: nothing needs the exception docs/b.md: story"]);
});

test("the list refuses what it begins with", () => {
  const text = "told story heeded mended bears shall stands lies let be whoever nobody's\nin hand";
  const found = findWords([{ path: "docs/a.md", text }], { words: list.words, exceptions: [] });
  expect(found).toHaveLength(12);
});
