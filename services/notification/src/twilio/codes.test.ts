import { expect, test } from "vitest";
import { numberProblemOf } from "../sms/number-problem.ts";
import { failureOf, failureOfAnswer, TWILIO_CODES } from "./codes.ts";

const classOf = (code: number | string) => failureOf(String(code)).class;

const EXPECTED = {
  safe_retry: [20429],
  ambiguous: [20500],
  transient: [20503, 21611, 30001, 30500, 60728, 63038, 63017],
  delayed: [14107, 30003, 30008, 30036, 30450],
  permanent_number: [21211, 21614, 21635, 30005, 30006],
  opted_out: [21610, 30004],
  configuration: [
    20003, 20404, 21212, 21408, 21606, 21608, 21609, 21612, 21617, 21659, 21660, 21661, 21701, 21703, 21704, 21705,
    30002, 30007, 30042,
  ],
};

test.each(Object.entries(EXPECTED))("%s", (expected, codes) => {
  for (const code of codes) expect(classOf(code), String(code)).toBe(expected);
});

test("the table has each of these codes once, and no others", () => {
  const expected = Object.values(EXPECTED).flat();
  expect(TWILIO_CODES).toHaveLength(expected.length);
  expect(new Set(TWILIO_CODES)).toEqual(new Set(expected));
});

test.each(TWILIO_CODES)("%i has its own reason", (code) => {
  const { reason } = failureOf(String(code));
  expect(reason).toMatch(/^[A-Z].{15,}\.$/);
  expect(reason).not.toContain(String(code));
  expect(TWILIO_CODES.filter((other) => failureOf(String(other)).reason === reason)).toEqual([code]);
});

test("a permanent fault makes a number refused, a phone that is off makes it unreachable, an opt-out does neither", () => {
  const problem = (code: number) => numberProblemOf(failureOf(String(code)).failure);
  expect(EXPECTED.permanent_number.map(problem)).toEqual(EXPECTED.permanent_number.map(() => "refused"));
  expect(TWILIO_CODES.filter((code) => problem(code) === "unreachable")).toEqual([30003, 30008]);
  expect(EXPECTED.opted_out.map(problem)).toEqual([undefined, undefined]);
  expect(EXPECTED.configuration.map(problem).filter(Boolean)).toEqual([]);
});

test.each(["0", "12345", "99999"])("%s is unknown, and says so", (code) => {
  expect(failureOf(code)).toMatchObject({ code, class: "unknown", failure: "unknown" });
  expect(failureOf(code).reason).toContain(code);
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
])("HTTP %d without a code is %s, even once stored", (status, expected) => {
  const failure = failureOfAnswer(status, 0);
  expect(failure).toMatchObject({ code: `http_${status}`, class: expected });
  expect(failureOf(failure.code)).toEqual(failure);
});

test("a known code takes precedence over the HTTP status; an unknown one does not", () => {
  expect(failureOfAnswer(503, 20_503).class).toBe("transient");
  expect(failureOfAnswer(503, 99_999)).toMatchObject({ code: "99999", class: "ambiguous" });
  expect(failureOfAnswer(400, 99_999)).toMatchObject({ code: "99999", class: "unknown" });
});

test.each([
  ["ECONNREFUSED", "safe_retry"],
  ["ENOTFOUND", "safe_retry"],
  ["EAI_AGAIN", "safe_retry"],
  ["ECONNRESET", "ambiguous"],
  ["ECONNABORTED", "ambiguous"],
  ["ETIMEDOUT", "ambiguous"],
  ["EPIPE", "ambiguous"],
  ["unreadable", "ambiguous"],
])("the connection error %s is %s", (code, expected) => {
  expect(classOf(code)).toBe(expected);
});
