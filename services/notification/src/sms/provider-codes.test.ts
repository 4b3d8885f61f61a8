import { expect, test } from "vitest";
import { classify, classifyHttpStatus, classifyTransportError, PROVIDER_CODES, reasonFor } from "./provider-codes.ts";

const EXPECTED = {
  safe_retry: [20429],
  ambiguous: [20500],
  transient: [20503, 21611, 30001, 14107, 30500, 60728, 63038, 63017],
  delayed: [30003, 30008, 30036, 30450],
  permanent_number: [21211, 21614, 21635, 30005, 30006],
  opted_out: [21610, 30004],
  configuration: [20003, 21212, 21408, 21606, 21608, 21612, 21617, 21659, 30002, 30007, 30042],
};

test.each(Object.entries(EXPECTED))("%s", (expected, codes) => {
  for (const code of codes) expect(classify(code), String(code)).toBe(expected);
});

test("the table holds each code once, and no other than these", () => {
  const expected = Object.values(EXPECTED).flat();
  expect(PROVIDER_CODES).toHaveLength(expected.length);
  expect(new Set(PROVIDER_CODES)).toEqual(new Set(expected));
});

test.each(PROVIDER_CODES)("%i has a reason in words of its own", (code) => {
  expect(reasonFor(code)).toMatch(/^[A-Z].{15,}\.$/);
  expect(reasonFor(code)).not.toContain(String(code));
  expect(PROVIDER_CODES.filter((other) => reasonFor(other) === reasonFor(code))).toEqual([code]);
});

test.each([0, -1, 12345, 99999, Number.NaN])("%d is unknown, and says so", (code) => {
  expect(classify(code)).toBe("unknown");
  expect(reasonFor(code)).toContain(String(code));
});

test.each([
  [429, "safe_retry"],
  [401, "configuration"],
  [403, "configuration"],
  [408, "ambiguous"],
  [500, "ambiguous"],
  [502, "ambiguous"],
  [503, "ambiguous"],
  [504, "ambiguous"],
  [400, "unknown"],
  [404, "unknown"],
])("HTTP %d without a code is %s", (status, expected) => {
  expect(classifyHttpStatus(status)).toBe(expected);
});

test.each([
  ["ECONNREFUSED", "safe_retry"],
  ["ENOTFOUND", "safe_retry"],
  ["EAI_AGAIN", "safe_retry"],
  ["ECONNRESET", "ambiguous"],
  ["ECONNABORTED", "ambiguous"],
  ["ETIMEDOUT", "ambiguous"],
  ["EPIPE", "ambiguous"],
  ["", "ambiguous"],
])("a connection's %s is %s", (errorCode, expected) => {
  expect(classifyTransportError(errorCode)).toBe(expected);
});
