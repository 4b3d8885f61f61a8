import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayOfMonth, planSubscription, seasonOf } from "./subscription.ts";

const season = { start: "2026-09-01", end: "2027-05-31" };
const plan = (today: string, preferredDay: number, nextPossibleChargeDate?: string) =>
  planSubscription({ today, preferredDay, season, nextPossibleChargeDate });

describe("planSubscription", () => {
  test("registered in summer: nine collections from the first preferred day of the season", () => {
    expect(plan("2026-07-10", 1)).toEqual({ dayOfMonth: 1, startDate: "2026-09-01", payments: 9 });
    expect(plan("2026-07-10", 15)).toEqual({ dayOfMonth: 15, startDate: "2026-09-15", payments: 9 });
  });

  test("registered during the season: the next preferred day that is at least five days away", () => {
    expect(plan("2026-11-22", 27)).toEqual({ dayOfMonth: 27, startDate: "2026-11-27", payments: 7 });
    expect(plan("2026-11-22", 26)).toEqual({ dayOfMonth: 26, startDate: "2026-12-26", payments: 6 });
  });

  test("never before the mandate can be charged", () => {
    expect(plan("2026-08-30", 1, "2026-09-04")?.startDate).toBe("2026-10-01");
    expect(plan("2026-11-22", 27, "2026-11-27")?.startDate).toBe("2026-11-27");
    expect(plan("2026-11-22", 27, "2026-11-28")?.startDate).toBe("2026-12-27");
  });

  test.each([29, 30, 31, -1])("day %i is the last day of the month", (day) => {
    expect(plan("2026-07-10", day)).toEqual({ dayOfMonth: -1, startDate: "2026-09-30", payments: 9 });
    expect(planSubscription({ today: "2027-02-01", preferredDay: day, season })?.startDate).toBe("2027-02-28");
  });

  test("none when the season is over, or has no such day left", () => {
    expect(plan("2027-06-01", 1)).toBeUndefined();
    expect(plan("2027-05-28", 1)).toBeUndefined();
    expect(plan("2027-05-26", 31)).toEqual({ dayOfMonth: -1, startDate: "2027-05-31", payments: 1 });
  });

  test("whatever the days, every collection lies within the season and after the notice", () => {
    const day = fc.date({ min: new Date("2026-06-01"), max: new Date("2027-06-30"), noInvalidDate: true });
    fc.assert(
      fc.property(day, day, fc.constantFrom(-1, ...Array.from({ length: 31 }, (_, i) => i + 1)), (a, b, preferred) => {
        const today = a.toISOString().slice(0, 10);
        const next = b.toISOString().slice(0, 10);
        const made = plan(today, preferred, next);
        if (!made) return;
        expect(made.dayOfMonth === -1 || (made.dayOfMonth >= 1 && made.dayOfMonth <= 28)).toBe(true);
        expect(made.startDate >= season.start && made.startDate <= season.end).toBe(true);
        expect(made.startDate >= next && made.startDate > today).toBe(true);
        const last = new Date(`${made.startDate}T00:00:00Z`);
        last.setUTCDate(1);
        last.setUTCMonth(last.getUTCMonth() + made.payments - 1);
        expect(last.toISOString().slice(0, 7) <= season.end.slice(0, 7)).toBe(true);
      }),
    );
  });
});

test("dayOfMonth is what GoCardless takes", () => {
  expect([1, 28, 29, 31, -1].map(dayOfMonth)).toEqual([1, 28, -1, -1, -1]);
});

test("the season is the configured one, else September to May of the season's code", () => {
  expect(seasonOf("2526", {})).toEqual({ start: "2025-09-01", end: "2026-05-31" });
  expect(seasonOf("2526", season)).toEqual(season);
});
