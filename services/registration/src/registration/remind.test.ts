import { ASKED_REMINDERS_MAX, type RegistrationEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { type ReminderFacts, remind } from "./remind.ts";
import { registrationAggregate } from "./state.ts";

const now = new Date("2026-09-10T10:00:00.000Z");
const event = (type: RegistrationEvent["type"], data: object = {}) =>
  ({ type, data: { registrationId: "r1", ...data } }) as RegistrationEvent;
const completed = event("RegistrationCompleted");
const asked = (count: number, requestedAt: string) => event("ReminderRequested", { count, requestedAt });
const facts: ReminderFacts = { fee: { owed: true, comes: false, decidedRecords: [] }, texted: false };
const after = (given: RegistrationEvent[], then: RegistrationEvent[], more: Partial<ReminderFacts> = {}) =>
  decides(registrationAggregate, given, remind("r1", { ...facts, ...more }, now), then).result?.kind;

test("a reminder is asked for once a day by London's calendar", () => {
  expect(after([completed], [asked(1, now.toISOString())])).toBe("reminded");
  // Half past midnight in London.
  expect(after([completed, asked(1, "2026-09-09T23:30:00.000Z")], [])).toBe("texted_today");
  expect(after([completed, asked(1, "2026-09-09T22:30:00.000Z")], [asked(2, now.toISOString())])).toBe("reminded");
});

test.each<[string, RegistrationEvent[], Partial<ReminderFacts>]>([
  ["not_found", [], {}],
  ["not_owed", [completed, event("RegistrationCancelled")], {}],
  ["not_owed", [completed], { fee: { ...facts.fee, owed: false } }],
  ["held", [event("RegistrationCompleted", { possibleDuplicateOf: "r0" })], {}],
  ["snoozed", [completed, event("RegistrationSnoozed", { until: "season" })], {}],
  ["money_comes", [completed], { fee: { ...facts.fee, comes: true } }],
  ["money_comes", [completed, event("MoneyRecorded", { recordId: "m1" })], {}],
  ["texted_today", [completed], { texted: true }],
  ["too_many_reminders", [completed, asked(ASKED_REMINDERS_MAX, "2026-09-09T10:00:00.000Z")], {}],
])("%s: nothing is asked for", (kind, given, more) => {
  expect(after(given, [], more)).toBe(kind);
});
