import { expect, test } from "vitest";
import { registrationAggregate } from "./registration.ts";

test("events of a later version change nothing", () => {
  const state = { cancelled: false, erased: false, held: false, refusal: "validation_failed amount" };
  const later = { type: "RegistrationPraised", data: { code: "x", reason: "y" } } as never;
  expect(registrationAggregate.evolve(state, later)).toBe(state);
});
