import { expect, test } from "vitest";
import {
  addLondonDays,
  isDay,
  londonClock,
  londonDay,
  londonHour,
  londonInstant,
  londonMidnight,
  londonTime,
  nextLondonDay,
} from "./index.ts";

const at = (iso: string) => new Date(iso);

test("days are counted in local time, across both clock changes", () => {
  expect(addLondonDays(at("2026-03-27T17:30:00Z"), 3).toISOString()).toBe("2026-03-30T16:30:00.000Z");
  expect(addLondonDays(at("2026-10-23T16:30:00Z"), 3).toISOString()).toBe("2026-10-26T17:30:00.000Z");
  // 01:30 does not exist on 29 March.
  expect(addLondonDays(at("2026-03-28T01:30:00Z"), 1).toISOString()).toBe("2026-03-29T01:30:00.000Z");
});

test("an instant belongs to London's calendar day", () => {
  expect(londonDay("2026-07-01T23:30:00Z")).toBe("2026-07-02");
  expect(londonDay(at("2026-12-01T23:30:00Z"))).toBe("2026-12-01");
});

test.each([
  ["2026-07-01", "2026-06-30T23:00:00.000Z"],
  ["2026-12-01", "2026-12-01T00:00:00.000Z"],
  ["2026-03-29", "2026-03-29T00:00:00.000Z"],
  ["2026-10-25", "2026-10-24T23:00:00.000Z"],
])("%s begins at midnight in London", (day, midnight) => {
  expect(londonMidnight(day).toISOString()).toBe(midnight);
  expect(londonMidnight(londonInstant(day, 12)).toISOString()).toBe(midnight);
});

test("the next day begins 23 to 25 hours later", () => {
  expect(nextLondonDay(at("2026-03-29T12:00:00Z")).toISOString()).toBe("2026-03-29T23:00:00.000Z");
  expect(nextLondonDay(at("2026-10-25T12:00:00Z")).toISOString()).toBe("2026-10-26T00:00:00.000Z");
});

test("hours and times are London's", () => {
  expect(londonHour(at("2026-07-01T23:30:00Z"))).toBe(0);
  expect(londonInstant("2026-03-29", 8).toISOString()).toBe("2026-03-29T07:00:00.000Z");
  expect(londonTime("2026-07-01T22:30:05Z")).toBe("1 Jul 2026, 23:30:05");
});

test("a day is one of the calendar", () => {
  for (const day of ["2026-07-01", "2028-02-29"]) expect(isDay(day)).toBe(true);
  for (const text of ["2026-02-29", "2026-13-01", "2026-7-1", "2026-07-01T10:00", ""]) expect(isDay(text)).toBe(false);
});

test("a local time in London becomes an instant, in summer and in winter", () => {
  expect(londonClock("2026-07-01T17:30")?.toISOString()).toBe("2026-07-01T16:30:00.000Z");
  expect(londonClock("2026-12-01T17:30:05")?.toISOString()).toBe("2026-12-01T17:30:05.000Z");
  for (const text of ["2026-07-01", "2026-13-01T10:00", "2026-02-30T10:00", "2026-07-01T25:00", "2026-07-01T17:30Z"])
    expect(londonClock(text)).toBeUndefined();
});
