import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changesOf, plants } from "./plants.ts";

const root = new URL("../../../", import.meta.url);
const sourceOf = (file: string): string => {
  const found = ["services", "libs"].map((folder) => new URL(`${folder}/${file}`, root)).find((url) => existsSync(url));
  if (!found) throw new Error(`There is no ${file}.`);
  return readFileSync(found, "utf8");
};

test.each(Object.entries(plants))("%s: fits the product", (_, planted) => {
  for (const { file, from, to } of changesOf(planted)) {
    expect(sourceOf(file).split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});
