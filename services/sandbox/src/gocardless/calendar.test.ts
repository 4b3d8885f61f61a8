import { describe, expect, it } from "vitest";
import { addWorkingDays, chargeDates, nextPossibleChargeDate } from "./calendar.ts";

const rule = {
  start_date: "2026-09-15",
  end_date: null,
  interval: 1,
  interval_unit: "monthly",
  day_of_month: null,
  month: null,
  count: null,
} as const;

describe("working days", () => {
  it("skip weekends", () => {
    expect(addWorkingDays("2026-07-03", 1)).toBe("2026-07-06");
    expect(nextPossibleChargeDate("2026-07-01")).toBe("2026-07-08");
  });
});

describe("chargeDates", () => {
  it("shows at most ten", () => {
    expect(chargeDates(rule)).toHaveLength(10);
    expect(chargeDates(rule)[0]).toBe("2026-09-15");
  });

  it("continues after what was charged, until the count or the end is reached", () => {
    expect(chargeDates(rule, { times: 10, last: "2027-06-15" })[9]).toBe("2028-04-15");
    expect(chargeDates({ ...rule, count: 12 }, { times: 11, last: "2027-07-15" })).toEqual(["2027-08-15"]);
    expect(chargeDates({ ...rule, count: 12 }, { times: 12, last: "2027-08-15" })).toEqual([]);
    const ending = { ...rule, end_date: "2027-08-01" };
    expect(chargeDates(ending, { times: 10, last: "2027-06-15" })).toEqual(["2027-07-15"]);
    expect(chargeDates(ending, { times: 11, last: "2027-07-15" })).toEqual([]);
  });

  it("never starts before the start", () => {
    expect(chargeDates({ ...rule, day_of_month: 1, count: 2 })).toEqual(["2026-10-01", "2026-11-01"]);
  });

  it("takes -1 as the last day, leap years included", () => {
    const dates = chargeDates({ ...rule, start_date: "2028-01-10", day_of_month: -1, count: 3 });
    expect(dates).toEqual(["2028-01-31", "2028-02-29", "2028-03-31"]);
  });

  it("charges nothing on or after the end date", () => {
    expect(chargeDates({ ...rule, day_of_month: 15, end_date: "2026-11-15" })).toEqual(["2026-09-15", "2026-10-15"]);
  });

  it("counts in weeks and in years", () => {
    expect(chargeDates({ ...rule, interval_unit: "weekly", interval: 2, count: 2 })).toEqual([
      "2026-09-15",
      "2026-09-29",
    ]);
    const yearly = { ...rule, interval_unit: "yearly", month: "march", day_of_month: 1, count: 2 } as const;
    expect(chargeDates(yearly)).toEqual(["2027-03-01", "2028-03-01"]);
  });
});
