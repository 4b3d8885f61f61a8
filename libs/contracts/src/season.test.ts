import { expect, test } from "vitest";
import { seasonOn, usualSeason } from "./season.ts";

test.each([
  ["2026-05-31", "2526"],
  ["2026-06-01", "2627"],
  ["2026-12-31", "2627"],
  ["2027-01-01", "2627"],
  ["2099-08-01", "9900"],
])("on %s children play, or register, for %s", (day, code) => {
  expect(seasonOn(day)).toBe(code);
});

test("a season's own days belong to it", () => {
  const { start, end } = usualSeason("2627");
  expect([start, end].map(seasonOn)).toEqual(["2627", "2627"]);
});
