import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { personalEvents } from "./personal.ts";

/** Fields of the catalogue that hold a name, a number, or words that somebody wrote. */
const personalFields = ["child", "parent", "parentPhone", "phone", "to", "body"];

test("whatever has a name or a number in it is known to be personal", () => {
  const holding = [...catalogue.values()]
    .filter(({ schema }) => Object.keys(schema.properties).some((field) => personalFields.includes(field)))
    .map(({ type }) => type);
  expect(holding.sort()).toEqual(
    ["ParentPhoneCorrected", "PhoneOptedIn", "PhoneOptedOut", "RegistrationCompleted", "SmsRequested"].sort(),
  );
  const optOuts = ["PhoneOptedIn", "PhoneOptedOut"];
  const unforgotten = holding.filter((type) => !(personalEvents as readonly string[]).includes(type));
  expect(unforgotten).toEqual(optOuts);
});

test("what is removed is in the catalogue", () => {
  expect(personalEvents.filter((type) => !catalogue.has(type))).toEqual([]);
});
