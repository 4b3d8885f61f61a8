import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { awaitsConfiguration, planSubscription, seasonOf } from "./subscription.ts";

const season = { start: "2026-09-01", end: "2027-05-31" };
const plan = (today: string, preferredDay: number, nextPossibleChargeDate?: string, registered = today) =>
  planSubscription({ today, registered, preferredDay, season, nextPossibleChargeDate });

describe("planSubscription", () => {
  test("after registering in summer: nine collections from the season's first preferred day", () => {
    expect(plan("2026-07-10", 1)).toEqual({ dayOfMonth: 1, startDate: "2026-09-01", payments: 9 });
    expect(plan("2026-07-10", 15)).toEqual({ dayOfMonth: 15, startDate: "2026-09-15", payments: 9 });
  });

  test("after registering during the season: from the next preferred day at least five days away", () => {
    expect(plan("2026-11-22", 27)).toEqual({ dayOfMonth: 27, startDate: "2026-11-27", payments: 7 });
    expect(plan("2026-11-22", 26)).toEqual({ dayOfMonth: 26, startDate: "2026-12-26", payments: 6 });
  });

  test("never begins before the mandate can be charged", () => {
    expect(plan("2026-08-30", 1, "2026-09-04")?.startDate).toBe("2026-10-01");
    expect(plan("2026-11-22", 27, "2026-11-27")?.startDate).toBe("2026-11-27");
    expect(plan("2026-11-22", 27, "2026-11-28")?.startDate).toBe("2026-12-27");
  });

  test("after registering before the season with a mandate usable later: from the first day that the bank allows", () => {
    expect(plan("2026-09-02", 5, "2026-09-04", "2026-08-27")).toEqual({
      dayOfMonth: 5,
      startDate: "2026-09-05",
      payments: 9,
    });
    expect(plan("2026-09-02", 5, "2026-09-04")?.startDate).toBe("2026-10-05");
    // If the bank gives no day, the notice counts.
    expect(plan("2026-09-02", 5, undefined, "2026-08-27")?.startDate).toBe("2026-10-05");
  });

  test("after registering in August and paying on 1 September: no month is lost to the notice", () => {
    const made = plan("2026-09-03", 8, "2026-09-07", "2026-08-28");
    expect(made).toEqual({ dayOfMonth: 8, startDate: "2026-09-08", payments: 9 });
  });

  test("uses 29 February in a leap year", () => {
    const leap = { start: "2027-09-01", end: "2028-02-29" };
    const today = "2027-12-28";
    expect(planSubscription({ today, registered: today, preferredDay: 30, season: leap })).toEqual({
      dayOfMonth: -1,
      startDate: "2028-01-31",
      payments: 2,
    });
  });

  test.each([29, 30, 31, -1])("day %i means the last day of the month", (day) => {
    expect(plan("2026-07-10", day)).toEqual({ dayOfMonth: -1, startDate: "2026-09-30", payments: 9 });
    expect(plan("2027-02-01", day)?.startDate).toBe("2027-02-28");
  });

  test("is none if the season is over or has no such day left", () => {
    expect(plan("2027-06-01", 1)).toBeUndefined();
    expect(plan("2027-05-28", 1)).toBeUndefined();
    expect(plan("2027-05-26", 31)).toEqual({ dayOfMonth: -1, startDate: "2027-05-31", payments: 1 });
  });

  test("whatever the days, every collection is within the season and after the notice", () => {
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

describe("seasonOf", () => {
  const of = (code: string, today: string, configured: object = season, registered = today) =>
    seasonOf({ code, today, registered, configured });
  const next = { start: "2027-09-01", end: "2028-05-31" };

  test("is September to May of its code, or the configured days of it", () => {
    expect(of("2526", "2025-11-01", {})).toEqual({ start: "2025-09-01", end: "2026-05-31" });
    const special = { start: "2026-08-15", end: "2027-04-30" };
    expect(of("2627", "2026-11-01", special)).toEqual(special);
    expect(of("2627", "2026-11-01", { start: "2026-10-01" })).toEqual({ start: "2026-10-01", end: "2027-05-31" });
    expect(of("2627", "2026-11-01", { end: "2027-04-30" })).toEqual({ start: "2026-09-01", end: "2027-04-30" });
  });

  test("a family that registers in May for next season is not charged for this one, and not forgotten", () => {
    for (const today of ["2027-05-10", "2027-07-01", "2027-08-31"]) {
      expect(of("2728", today)).toEqual(next);
      expect(
        planSubscription({
          today,
          registered: today,
          preferredDay: 1,
          season: of("2728", today),
          nextPossibleChargeDate: "",
        }),
      ).toEqual({ dayOfMonth: 1, startDate: "2027-09-01", payments: 9 });
    }
    expect(of("2728", "2027-05-10", { end: season.end })).toEqual(next);
    expect(of("2728", "2027-05-10", { start: season.start })).toEqual(next);
  });

  test("with only one day configured, a family of a neighbouring season is not taken for this season's", () => {
    expect(of("2728", "2027-05-10", { start: "2026-10-01" })).toEqual({ start: "2027-10-01", end: "2028-05-31" });
    expect(of("2728", "2027-05-10", { end: "2027-06-30" })).toEqual({ start: "2027-09-01", end: "2028-06-30" });
    expect(of("2526", "2026-11-01", { end: "2027-04-30" }, "2025-09-10").end).toBe("2026-05-31");
    expect(of("2526", "2026-11-01", { start: "2026-08-01" }, "2025-09-10").end).toBe("2026-05-31");
  });

  test("the next season has the same days as the configured one, except 29 February", () => {
    expect(of("2829", "2027-12-01", { start: "2027-10-04", end: "2028-02-29" })).toEqual({
      start: "2028-10-04",
      end: "2029-02-28",
    });
    expect(of("2728", "2027-03-01", { start: "2026-10-04", end: "2027-02-28" }).end).toBe("2028-02-28");
  });

  test("nothing is collected after SEASON_END: a season that has begun waits for its configuration", () => {
    expect(of("2728", "2027-09-01")).toEqual(season);
    expect(of("2526", "2026-11-01", { start: "2020-09-01", end: "2021-05-31" }).end).toBe("2021-05-31");
  });

  test("a season that has begun awaits configuration; one that is over does not", () => {
    const waits = (code: string, today: string, configured: object = season) =>
      awaitsConfiguration({ code, today, registered: today, configured });
    expect(waits("2728", "2027-08-31")).toBe(false);
    expect(waits("2728", "2027-09-01")).toBe(true);
    expect(waits("2728", "2028-06-01")).toBe(false);
    expect(waits("2728", "2027-09-01", {})).toBe(false);
    expect(waits("2627", "2027-06-01")).toBe(false);
  });

  test("so does a November registration with last season's code, whether SEASON_END is old or missing", () => {
    const waits = (today: string, configured: object, registered = "2027-11-10") =>
      awaitsConfiguration({ code: "2627", today, registered, configured });
    for (const configured of [season, { end: season.end }, {}]) {
      expect(waits("2027-11-10", configured)).toBe(true);
      expect(waits("2028-06-01", configured)).toBe(false);
      expect(waits("2027-07-10", configured, "2027-07-10")).toBe(false);
      expect(waits("2027-11-10", configured, "2026-09-10")).toBe(false);
    }
    expect(waits("2027-11-10", { end: "2028-05-31" })).toBe(false);
  });

  test("a family of a past season is not charged in another; an outdated code is ignored", () => {
    expect(of("2526", "2026-11-22", season, "2025-09-10").end).toBe("2026-05-31");
    expect(of("2526", "2026-05-20", season, "2026-05-20").end).toBe("2026-05-31");
    expect(of("2526", "2026-11-22", { end: season.end }, "2025-09-10").end).toBe("2026-05-31");
    for (const configured of [season, { start: season.start }, { end: season.end }]) {
      expect(of("2526", "2026-11-22", configured)).toEqual(season);
    }
  });
});
