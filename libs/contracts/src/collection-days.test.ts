import { expect, test } from "vitest";
import { collectionsBetween, dayOfMonth, daysLater, monthOfCharge } from "./collection-days.ts";

test("collections come once a month, both ends included", () => {
  expect(collectionsBetween("2026-11-15", "2027-02-15", 15)).toEqual([
    "2026-11-15",
    "2026-12-15",
    "2027-01-15",
    "2027-02-15",
  ]);
  expect(collectionsBetween("2027-01-31", "2027-03-01", dayOfMonth(31))).toEqual(["2027-01-31", "2027-02-28"]);
  expect(collectionsBetween("2027-01-16", "2027-02-14", 15)).toEqual([]);
});

test("a payment day becomes one that GoCardless accepts", () => {
  expect([1, 28, 29, 31, -1].map(dayOfMonth)).toEqual([1, 28, -1, -1, -1]);
});

test("a charge that waited for a working day still belongs to its own month", () => {
  expect(monthOfCharge("2026-10-01", 1)).toBe("2026-10");
  expect(monthOfCharge("2026-11-02", 1)).toBe("2026-11");
  expect(monthOfCharge("2026-11-02", -1)).toBe("2026-10");
  expect(monthOfCharge("2026-11-30", -1)).toBe("2026-11");
  expect(monthOfCharge("2027-03-01", 28)).toBe("2027-02");
  expect(monthOfCharge("2027-01-04", -1)).toBe("2026-12");
});

test("collections run on into the next month and the next year", () => {
  expect([daysLater("2026-12-30", 5), daysLater("2027-03-01", -1)]).toEqual(["2027-01-04", "2027-02-28"]);
});
