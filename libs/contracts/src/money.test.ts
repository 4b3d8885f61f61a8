import { expect, test } from "vitest";
import { feeWords, monthlyFeeWords, pounds } from "./money.ts";

test("amounts are written in pounds", () => {
  expect([0, 99, 4_500, 2_750].map(pounds)).toEqual(["£0", "£0.99", "£45", "£27.50"]);
});

test("a monthly fee names the days that are still to come", () => {
  const fee = { pence: 2_750, from: "2026-09-01", until: "2027-05-01" };
  expect(monthlyFeeWords(fee)).toBe("£27.50 a month from 1 September to 1 May by Direct Debit");
  expect(monthlyFeeWords({ ...fee, from: undefined })).toBe("£27.50 a month until 1 May by Direct Debit");
  expect(monthlyFeeWords({ ...fee, from: fee.until })).toBe("£27.50 on 1 May by Direct Debit");
});

test("what a family pays fits in one clause", () => {
  const monthly = { pence: 2_750, from: "2026-09-01", until: "2027-05-01" };
  expect(feeWords(4_500, monthly)).toBe("£45 once, then £27.50 a month from 1 September to 1 May by Direct Debit");
  expect(feeWords(4_500, undefined)).toBe("£45 once");
  expect(feeWords(0, monthly)).toBe("£27.50 a month from 1 September to 1 May by Direct Debit");
  expect(feeWords(0, undefined)).toBe("");
});
