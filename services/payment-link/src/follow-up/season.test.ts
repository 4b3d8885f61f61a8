import { expect, test } from "vitest";
import { createSeasons } from "./season.ts";

const link = { season: "2627", createdAt: "2026-08-20T10:00:00.000Z", preferredPaymentDay: 15 };
const on = (day: string, configured = {}) => createSeasons(configured, () => new Date(`${day}T10:00:00Z`));

test("a mandate is of use only while a monthly fee can still be collected", () => {
  expect(on("2027-05-09").collecting(link)).toBe(true);
  expect(on("2027-05-12").collecting(link)).toBe(false);
  expect(on("2027-05-12", { end: "2027-05-31" }).collecting(link)).toBe(false);
  expect(on("2027-06-10").collecting(link)).toBe(false);
});

test("the monthly fee has a first and last day, until none is left", () => {
  const monthly = (day: string, pence = 2_750) => on(day).monthly({ ...link, monthlyFeePence: pence });
  expect(monthly("2026-08-20")).toEqual({ pence: 2_750, from: "2026-09-15", until: "2027-05-15" });
  expect([monthly("2026-08-20", 0), monthly("2027-05-12")]).toEqual([undefined, undefined]);
});

test("with last season's SEASON_END, a new family's mandate is of use although nothing can be collected yet", () => {
  const seasons = on("2026-09-10", { end: "2026-05-31" });
  expect(seasons.days(link)).toEqual([]);
  expect([seasons.unconfigured(link), seasons.collecting(link)]).toEqual([true, true]);
});

test("the season's code was out of date when the family registered, not when its link came", () => {
  const configured = { start: "2026-09-01", end: "2027-05-31" };
  const late = { ...link, season: "2526", createdAt: "2026-06-02T10:00:00.000Z" };
  expect(on("2026-06-02", configured).of(late)).toEqual(configured);
  const { start, end } = on("2026-06-02", configured).of({ ...late, acceptedAt: "2026-05-31T10:00:00.000Z" });
  expect([start, end]).toEqual(["2025-09-01", "2026-05-31"]);
});
