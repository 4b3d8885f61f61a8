import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "../events/catalogue.ts";
import { generatedDocs } from "./generate.ts";

const root = new URL("../../../../", import.meta.url);
const docs = generatedDocs();

test.each([...docs.keys()])("%s is current; else run `npm run docs`", (path) => {
  expect(readFileSync(new URL(path, root), "utf8")).toBe(docs.get(path));
});

test("every reference of the AsyncAPI document leads somewhere, and every event has its channel", () => {
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

test("the examples of the catalogue hold no secret and no real number", () => {
  // Ofcom's range for drama.
  const numbers = [...(docs.get("docs/events.md") ?? "").matchAll(/\+44\d{10}/g)].map(([number]) => number);
  expect(numbers.filter((number) => !number.startsWith("+447700900"))).toEqual([]);
});
