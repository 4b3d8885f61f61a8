import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { type Upcaster, upcast } from "./upcast.ts";

const folder = new URL("../../test/fixtures/events/", import.meta.url);
const fixtures = readdirSync(folder).map((file) => {
  const [, type = "", shape = ""] = /^(\w+)\.(\d+)\.json$/.exec(file) ?? [];
  return { file, type, shape, data: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as object };
});

test.each(fixtures)("$file still decodes", ({ type, data }) => {
  const now = upcast({ type, data });
  const definition = catalogue.get(now.type);
  expect(definition, `${now.type} is in the catalogue`).toBeDefined();
  expect(definition?.faults(now.data)).toEqual([]);
});

test("every event has a frozen shape", () => {
  const frozen = new Set(fixtures.map((f) => upcast(f).type));
  expect([...catalogue.keys()].filter((type) => !frozen.has(type))).toEqual([]);
});

test("upcasters run in order, and each reads only its own old shape", () => {
  const chain: Upcaster[] = [
    { type: "Scored", reads: (d) => !("goals" in d), next: (d) => ({ data: { ...d, goals: 1 } }) },
    { type: "Scored", reads: (d) => "team" in d, next: (d) => ({ type: "GoalScored", data: { ...d, side: d.team } }) },
  ];
  expect(upcast({ type: "Scored", data: { team: "tigers" } }, chain)).toEqual({
    type: "GoalScored",
    data: { team: "tigers", goals: 1, side: "tigers" },
  });
  expect(upcast({ type: "Other", data: { team: "tigers" } }, chain)).toEqual({
    type: "Other",
    data: { team: "tigers" },
  });
});

test("without an upcaster, the event comes back uncopied", () => {
  const stored = { type: "Scored", data: {} };
  expect(upcast(stored, []).data).toBe(stored.data);
});
