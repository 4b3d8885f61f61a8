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
  ["^order-\\d+$", "order-123", true],
  ["^order-\\d+$", "order-x", false],
  ["^order-\\d+$", "order-\u0661\u0662", true],
  ["^\\w+$", "Übung_1", true],
  ["^\\w+$", "an-order", false],
  ["^[\\w.-]+$", "an-order.1", true],
  ["^[^\\d]+$", "abc", true],
  ["^[\\D]+$", "ab1", false],
  ["^\\S+$", "a\u00a0b", false],
  ["a\\sb", "a\u2028b", true],
  ["^\\W$", "-", true],
  ["^\\p{Lu}\\p{Ll}+$", "Ärger", true],
  ["^\\P{L}+$", "123", true],
  ["^\\p{Lu}", "ärger", false],
  ["\\bword\\b", "a-word-b", true],
  ["\\bword\\b", "swordfish", false],
  ["\\Bfish", "swordfish", true],
  ["\\bmüde", "a müde", true],
  ["\\Aab\\z", "ab", true],
  ["\\Aab\\z", "ab\n", false],
  ["^ab\\Z", "ab\n", true],
  ["^ab$", "ab\n", true],
  ["^ab$", "ab\nc", false],
  ["(?i)^ORDER", "order-1", true],
  ["(?i)^straße$", "STRAßE", true],
  ["^(?i:ORDER)-a$", "order-a", true],
  ["^(?i:ORDER)-a$", "order-A", false],
  ["^\\e\\a$", "\u001b\u0007", true],
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
  "\\p{IsGreek}",
  "\\p{Xx}",
  "\\Ga",
  "a(?i)b",
  "(?m)^a",
  "(?x)a b",
  "[\\w-z]",
  "[a-\\d]",
  "[\\b]",
  "(a)\\1",
  "(?<n>a)\\k<n>",
  "(?>a)",
  "(?'n'a)",
  "(?#said)",
  "[a-z-[aeiou]]",
  "[]a]",
  "\\u{61}",
  "\\cA",
])("an expression that .NET would read differently is refused: %s", (regex) => {
  expect(() => filter("type", regex)).toThrow(expect.objectContaining({ code: 3 }));
});

test("a filter on nothing is refused", () => {
  expect(() => filter(undefined, "a")).toThrow();
});
