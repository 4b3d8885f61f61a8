import fc from "fast-check";
import { expect, test } from "vitest";
import { checkTemplate, renderText } from "./text.ts";

const SEED =
  "Registration complete for {child_name}! Pay when convenient: {PAYMENT_BASE_URL}/reg_setup/{billing_request_id} Registration not complete until payment made.";
const ALLOWED = ["child_name", "PAYMENT_BASE_URL", "billing_request_id"];

test("the default template is valid and renders", () => {
  expect(checkTemplate(SEED, ALLOWED, ["PAYMENT_BASE_URL", "billing_request_id"])).toEqual([]);
  const values = { child_name: "Zoë", PAYMENT_BASE_URL: "https://pay.example.org", billing_request_id: "BRQ000123ABC" };
  expect(renderText(SEED, values)).toBe(
    "Registration complete for Zoë! Pay when convenient: https://pay.example.org/reg_setup/BRQ000123ABC Registration not complete until payment made.",
  );
});

test.each(["$&", "$1", "$$", "$`", "$<name>", "{other}", "{name}", "\\", "{", "}}", "", "😀", "O’Neill"])(
  "%j as a value stays text",
  (value) => {
    expect(renderText("Hi {name}, {name}{other}", { name: value, other: "x" })).toBe(`Hi ${value}, ${value}x`);
  },
);

test("a rendered text is the template with the values filled in, whatever the values contain", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(renderText("{a}, then {b} and {a}.", { a, b })).toBe(`${a}, then ${b} and ${a}.`);
    }),
  );
});

test.each([
  ["a missing value", "Hi {name}", {}],
  ["a name that objects inherit", "Hi {constructor}", {}],
  ["__proto__", "Hi {__proto__}", { name: "x" }],
])("throws for %s", (_, template, values) => {
  expect(() => renderText(template, values)).toThrow(/placeholder/);
});

test.each<[string, string[]]>([
  ["", ["The template is empty."]],
  [" \n", ["The template is empty."]],
  ["Hi {nmae}", ["Unknown placeholder {nmae}. Known: {name}, {url}."]],
  ["{x} {y} {x}", ["Unknown placeholder {x}. Known: {name}, {url}.", "Unknown placeholder {y}. Known: {name}, {url}."]],
  ["Hi {name", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi name}", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi {}", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi { name }", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi {child-name}", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi {{name}}", ["A brace is not part of a placeholder such as {name}."]],
  ["Hi {name}: {url}", []],
  ["Paid, thank you.", []],
])("%j has the violations %j", (template, violations) => {
  expect(checkTemplate(template, ["name", "url"])).toEqual(violations);
});

test("a template without a required placeholder is a violation", () => {
  expect(checkTemplate("Hi {name}", ["name", "url"], ["url"])).toEqual(["The placeholder {url} is missing."]);
  expect(checkTemplate("{x}", [])).toEqual(["Unknown placeholder {x}. Known: none."]);
});

test("a valid template renders with its allowed values", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("{a}", "{b}", "{c}", "text ", "{", "}")), (pieces) => {
      const template = pieces.join("");
      if (checkTemplate(template, ["a", "b"]).length > 0) return;
      expect(renderText(template, { a: "1", b: "2" })).not.toMatch(/[{}]/);
    }),
  );
});
