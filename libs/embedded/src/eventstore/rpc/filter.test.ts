import { expect, test } from "vitest";
import { compileFilter } from "./filter.ts";

const filter = (on: "stream" | "type" | undefined, regex = "", prefixes: string[] = []) =>
  compileFilter({ on, regex, prefixes, window: { max: 1 }, checkpointMultiplier: 1 });

test.each([
  ["^a", "abc", true],
  ["b", "abc", true],
  ["^(?!\\$)", "$metadata", false],
  ["^(?!\\$)", "Registered", true],
  ["^a.c$", "a\rc", true],
  ["^a[.]c$", "abc", false],
  ["^a\\.c$", "a.c", true],
  ["^(?<kind>a|b)[^-]$", "ab", true],
  ["(?<=x)y", "xy", true],
])("an expression %s on %s", (regex, name, matches) => {
  expect(filter("type", regex)({ stream: "", type: name })).toBe(matches);
});

test("prefixes match only at the start, and a filter without prefixes matches nothing", () => {
  expect(filter("stream", "", ["ab", "cd"])({ stream: "cde", type: "ab" })).toBe(true);
  expect(filter("stream", "", ["ab"])({ stream: "xab", type: "ab" })).toBe(false);
  expect(filter("stream")({ stream: "a", type: "a" })).toBe(false);
});

test("an expression that would backtrack for ever costs little", () => {
  const start = performance.now();
  expect(filter("type", "^(a+)+$")({ stream: "", type: `${"a".repeat(5000)}!` })).toBe(false);
  expect(() => filter("type", "^(?=(a+)+$)")({ stream: "", type: `${"a".repeat(50)}!` })).toThrow("too long");
  expect(performance.now() - start).toBeLessThan(5000);
});

test.each([["(unclosed"], ["[z-a]"], ["a".repeat(5000)]])("a bad expression is refused", (regex) => {
  expect(() => filter("type", regex)).toThrow();
});

test.each([
  "\\p{L}",
  "\\Aa",
  "a\\z",
  "a\\Z",
  "(?i)a",
  "(?i:a)",
  "\\w",
  "\\d",
  "\\s",
  "\\bword",
  "[\\w-]",
  "(a)\\1",
  "(?<n>a)\\k<n>",
  "(?>a)",
  "(?'n'a)",
  "(?#said)",
  "[a-z-[aeiou]]",
  "[]a]",
  "\\u{61}",
  "\\e",
])("an expression that .NET would read differently is refused: %s", (regex) => {
  expect(() => filter("type", regex)).toThrow(expect.objectContaining({ code: 3 }));
});

test("a filter on nothing is refused", () => {
  expect(() => filter(undefined, "a")).toThrow();
});
