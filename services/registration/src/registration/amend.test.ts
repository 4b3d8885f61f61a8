import type { RegistrationEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { amend } from "./amend.ts";
import { differences } from "./compare.ts";
import { cancel, complete, erase } from "./decide.ts";
import { type Known, registrationAggregate } from "./state.ts";
import type { Content } from "./validate.ts";

const now = new Date("2026-09-01T10:00:00.000Z");
const content: Content = {
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: -1,
};
const fees = { signingFeePence: 4500, monthlyFeePence: 2750 };
const taken = complete("r1", content, fees, now)(registrationAggregate.initial);
const amended = (count: number, changes: object): RegistrationEvent => ({
  type: "RegistrationAmended",
  data: { registrationId: "r1", changes, count, amendedAt: now.toISOString() },
});
const amending = (wish: Parameters<typeof amend>[1]) => amend("r1", wish, false, now);
const refusal = (before: readonly RegistrationEvent[], wish: Parameters<typeof amend>[1]) =>
  decides(registrationAggregate, before, amending(wish), []).result;

test("only differences are amended, once, normalised as at the intake", () => {
  const wish = { team: " Lions ", ageGroup: "u10", child: { firstName: "Zoe\u0308", lastName: "ONeill" } };
  const first = amended(1, { team: "Lions", child: { firstName: "Zoë", lastName: "ONeill" } });
  decides(registrationAggregate, taken, amending(wish), [first]);
  const second = amended(2, { ageGroup: "u11" });
  const both = { ageGroup: "u11", team: "Lions" };
  decides(registrationAggregate, [...taken, first], amending(both), [second]);
});

const agreed = (count: number, monthlyFeePence: number, preferredPaymentDay: number): RegistrationEvent => ({
  type: "MonthlyTermsAmended",
  data: { registrationId: "r1", monthlyFeePence, preferredPaymentDay, count, amendedAt: now.toISOString() },
});

test("another monthly fee or payment day is agreed with both of them, once, together with what else is amended", () => {
  const both = { team: "Lions", monthlyFeePence: 2000 };
  const first = [amended(1, { team: "Lions" }), agreed(1, 2000, -1)];
  decides(registrationAggregate, taken, amending(both), first);
  decides(registrationAggregate, [...taken, ...first], amending({ preferredPaymentDay: 15, ...both }), [
    agreed(2, 2000, 15),
  ]);
  const nothing = { monthlyFeePence: 0, preferredPaymentDay: -1 };
  decides(registrationAggregate, taken, amending(nothing), [agreed(1, 0, -1)]);
});

test("a fee or a day that the intake would refuse is refused, and so is the eleventh change", () => {
  expect(refusal(taken, { monthlyFeePence: 27, preferredPaymentDay: 32 })).toMatchObject({
    kind: "fields_refused",
    violations: [{ field: "preferredPaymentDay" }, { field: "monthlyFeePence" }],
  });
  const often = [...taken, agreed(10, 2000, 15)];
  expect(refusal(often, { monthlyFeePence: 2100 })).toEqual({ kind: "too_many_amendments" });
  decides(registrationAggregate, often, amending({ team: "Lions", monthlyFeePence: 2000 }), [
    amended(1, { team: "Lions" }),
  ]);
});

test("the parent's address stays, and is not repeated in the amendment", () => {
  const parent = { firstName: "Samira", lastName: "O'Neill" };
  const { state } = decides(registrationAggregate, taken, amending({ parent: { ...parent, email: "x@y.org" } }), [
    amended(1, { parent }),
  ]);
  expect((state as Known).completed.parent.email).toBe("sam@example.org");
});

test("everything that the intake would refuse is refused, each field by name", () => {
  const wish = { team: "", ageGroup: "u99", child: { firstName: "Zoë", lastName: "www.evil.com" } };
  expect(refusal(taken, wish)).toMatchObject({
    kind: "fields_refused",
    violations: [{ field: "child.lastName" }, { field: "team" }, { field: "ageGroup" }],
  });
});

test("a part of a name that the wish leaves out stays, and the whole is checked", () => {
  const first = amended(1, { child: { firstName: "Zoe", lastName: "O'Neill" } });
  decides(registrationAggregate, taken, amending({ child: { firstName: "Zoe" } }), [first]);
  const second = amended(2, { child: { firstName: "Zoe", lastName: "Neill" } });
  decides(registrationAggregate, [...taken, first], amending({ child: { lastName: "Neill" }, parent: {} }), [second]);
  expect(refusal(taken, { child: { lastName: "" } })).toMatchObject({ violations: [{ field: "child.lastName" }] });
});

test("a cancelled, erased or unknown registration is not amended", () => {
  const state = taken.reduce(registrationAggregate.evolve, registrationAggregate.initial);
  const { events: off } = cancel("r1", "", now)(state);
  expect(refusal([...taken, ...off], { team: "Lions" })).toEqual({ kind: "registration_cancelled" });
  expect(refusal([], { team: "Lions" })).toEqual({ kind: "not_found" });
});

test("a repeat is compared with what was submitted, and an erasure counts for the present team", () => {
  const state = [...taken, amended(1, { team: "Lions" })].reduce(
    registrationAggregate.evolve,
    registrationAggregate.initial,
  );
  expect(differences((state as Known).completed, content)).toEqual([]);
  expect(erase("r1", undefined, now)(state).events).toMatchObject([{ data: { team: "Lions", ageGroup: "u10" } }]);
});
