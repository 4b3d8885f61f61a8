import { expect, test } from "vitest";
import { fold } from "./fold.ts";

test.each([
  ["Zoë", "zoe"],
  ["Zoe\u0308", "zoe"],
  ["O’Neill", "oneill"],
  ["o neill", "oneill"],
  ["Smith‐Jones", "smithjones"],
  ["Łukasz Sørensen", "lukaszsorensen"],
  ["Weiß", "weiss"],
  ["İbrahim", "ibrahim"],
  ["Ａｎｎ", "ann"],
  ["阿卜杜拉·买买提", "阿卜杜拉买买提"],
  ["--'", ""],
])("%s is %s to a search", (text, folded) => {
  expect(fold(text)).toBe(folded);
});
