import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "../events/catalogue.ts";
import { generatedDocs } from "./generate.ts";

const root = new URL("../../../../", import.meta.url);
const docs = generatedDocs();

test.each([...docs.keys()])("%s is up to date; if not, run `npm run docs`", (path) => {
  expect(readFileSync(new URL(path, root), "utf8")).toBe(docs.get(path));
});

test("every reference in the AsyncAPI document resolves, and every event has a channel", () => {
  const document = JSON.parse(docs.get("docs/asyncapi.json") ?? "{}");
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? "");
  const missing = references.filter(
    (path) =>
      path.split("/").reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document) === undefined,
  );
  expect(missing).toEqual([]);
  expect(references.length).toBeGreaterThan(catalogue.size * 3);
  for (const [type, { category }] of catalogue) {
    expect(document.channels[type].address).toBe(`events.${category}.${type}`);
  }
});

test("the examples in the catalogue hold no secret and no real number", () => {
  // Ofcom reserves this range for drama.
  const numbers = [...(docs.get("docs/events.md") ?? "").matchAll(/\+44\d{10}/g)].map(([number]) => number);
  expect(numbers.filter((number) => !number.startsWith("+447700900"))).toEqual([]);
});
