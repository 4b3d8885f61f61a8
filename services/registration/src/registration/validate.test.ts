import { registrationEvents } from "@touchline/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { complete } from "./decide.ts";
import { type Intake, validate } from "./validate.ts";
import { violationCodes } from "./violations.ts";

const zoe: Intake = {
  registrationId: "b1946ac9",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: " Sam ", lastName: "O'Neill", email: "" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "open",
  season: "9900",
  preferredPaymentDay: -1,
};

const fieldsOf = (input: Intake) => {
  const result = validate(input, true);
  return result.ok ? [] : result.violations.map((f) => f.field);
};

test("accepted values are normalised, and blank ones count as absent", () => {
  expect(validate(zoe, true)).toEqual({
    ok: true,
    registrationId: "b1946ac9",
    content: {
      child: { firstName: "Zoë", lastName: "O'Neill" },
      parent: { firstName: "Sam", lastName: "O'Neill" },
      parentPhone: "+447700900123",
      team: "Tigers",
      ageGroup: "open",
      season: "9900",
      preferredPaymentDay: -1,
    },
  });
});

test("codes are trimmed like any text", () => {
  const typed = { ...zoe, ageGroup: "open ", season: " 9900", billingRequestId: " BRQ0001ABC\n" };
  expect(validate(typed, true)).toMatchObject({
    ok: true,
    content: { ageGroup: "open", season: "9900", billingRequestId: "BRQ0001ABC" },
  });
});

test.each([
  [{ registrationId: "a b" }, "registrationId"],
  [{ registrationId: "a".repeat(65) }, "registrationId"],
  [{ registrationId: ".." }, "registrationId"],
  [{ registrationId: " b1946ac9" }, "registrationId"],
  [{ child: undefined }, "child.firstName"],
  [{ parentPhone: undefined }, "parentPhone"],
  [{ ageGroup: "u6" }, "ageGroup"],
  [{ ageGroup: "U10" }, "ageGroup"],
  [{ season: "2528" }, "season"],
  [{ season: "25-26" }, "season"],
  [{ preferredPaymentDay: 0 }, "preferredPaymentDay"],
  [{ preferredPaymentDay: undefined }, "preferredPaymentDay"],
  [{ preferredPaymentDay: -2 }, "preferredPaymentDay"],
  [{ preferredPaymentDay: 32 }, "preferredPaymentDay"],
  [{ signingFeePence: 100_001 }, "signingFeePence"],
  [{ monthlyFeePence: -1 }, "monthlyFeePence"],
  [{ billingRequestId: "BRQ1" }, "billingRequestId"],
  [{ billingRequestId: "BRQ123/../x" }, "billingRequestId"],
])("%o is refused", (change, field) => {
  expect(fieldsOf({ ...zoe, ...change })[0]).toBe(field);
});

test("an empty request is refused field by field", () => {
  expect(fieldsOf({})).toEqual([
    "registrationId",
    "child.firstName",
    "child.lastName",
    "parent.firstName",
    "parent.lastName",
    "parentPhone",
    "team",
    "ageGroup",
    "season",
    "preferredPaymentDay",
  ]);
});

test("whatever is accepted fits the stored event, and whatever is refused has a known code", {
  timeout: 30_000,
}, () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 70 }),
    fc.constantFrom("Zoë", "07700900123", "u10", "2526", "BRQ0001"),
  );
  const person = fc.record({ firstName: text, lastName: text, email: text });
  const near = fc.record(
    {
      registrationId: fc.oneof(text, fc.constant("r1")),
      child: fc.oneof(person, fc.constant(zoe.child)),
      parent: fc.oneof(person, fc.constant(zoe.parent)),
      parentPhone: fc.oneof(text, fc.constant("07700900123")),
      team: fc.oneof(text, fc.constant("Tigers")),
      ageGroup: fc.constantFrom("u7", "u18", "open", "x"),
      season: fc.constantFrom("2526", "2527"),
      preferredPaymentDay: fc.integer({ min: -3, max: 33 }),
      signingFeePence: fc.integer(),
    },
    {
      requiredKeys: [
        "registrationId",
        "child",
        "parent",
        "parentPhone",
        "team",
        "ageGroup",
        "season",
        "preferredPaymentDay",
      ],
    },
  );
  const [definition] = registrationEvents;
  fc.assert(
    fc.property(near, (input) => {
      const result = validate(input, true);
      if (!result.ok) {
        for (const violation of result.violations) expect(violationCodes).toContain(violation.code);
        return;
      }
      const fees = { signingFeePence: 1, monthlyFeePence: 1 };
      const [event] = complete(result.registrationId, result.content, fees, new Date(0))({ status: "none" });
      expect(definition.faults(event?.data)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("with real money a fee below a pound is refused as meant in pounds, and zero is allowed", () => {
  const checked = (fees: object, testFees: boolean) => {
    const result = validate({ ...zoe, ...fees }, testFees);
    return result.ok ? [] : result.violations.map(({ field, code }) => [field, code]);
  };
  const inPounds = { signingFeePence: 45, monthlyFeePence: 27 };
  expect(checked(inPounds, false)).toEqual([
    ["signingFeePence", "out_of_range"],
    ["monthlyFeePence", "out_of_range"],
  ]);
  expect(checked(inPounds, true)).toEqual([]);
  expect(checked({ signingFeePence: 0, monthlyFeePence: 100 }, false)).toEqual([]);
});
