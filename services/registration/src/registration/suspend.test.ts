import type { RegistrationEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { snooze } from "./snooze.ts";
import { registrationAggregate } from "./state.ts";
import { type Arrears, reinstate, suspend, suspensionDueAt } from "./suspend.ts";

const registered = (more: object = {}): RegistrationEvent => ({
  type: "RegistrationCompleted",
  data: completedData(more),
});
const completed = registered();
const arrears: Arrears = {
  askedAt: "2026-09-01T10:00:00.000Z",
  deliveredAt: "2026-09-01T10:00:20.000Z",
  reminderWaits: false,
  remindedAt: "2026-09-08T10:00:05.000Z",
};
const rules = { afterDays: 8, lastReminderDay: 7 };
const fee = { owed: true, comes: false, decidedRecords: [] };
const at = (iso: string) => new Date(iso);
const DAY_8 = at("2026-09-09T10:00:20.000Z");

const suspended = (now: Date): RegistrationEvent => ({
  type: "RegistrationSuspended",
  data: { registrationId: "r1", suspendedAt: now.toISOString() },
});
const reinstated = (reason: "paid" | "operator", now: Date): RegistrationEvent => ({
  type: "RegistrationReinstated",
  data: { registrationId: "r1", reason, reinstatedAt: now.toISOString() },
});
const after = (given: RegistrationEvent[], now: Date, more: Partial<Parameters<typeof suspend>[1]> = {}) =>
  suspend(
    "r1",
    { arrears, fee, rules, ...more },
    now,
  )(given.reduce(registrationAggregate.evolve, registrationAggregate.initial));
test("eight days after the link arrived, an unpaid family is suspended, once", () => {
  expect(after([completed], at("2026-09-09T10:00:19.999Z"))).toEqual([]);
  decides(registrationAggregate, [completed], suspend("r1", { arrears, fee, rules }, DAY_8), [suspended(DAY_8)]);
});

test("nobody is suspended at night: a family due at nine in the evening is suspended at eight in the morning", () => {
  const late = { arrears: { ...arrears, deliveredAt: "2026-09-01T20:00:00.000Z" } };
  expect(after([completed], at("2026-09-09T20:00:00Z"), late)).toEqual([]);
  expect(after([completed], at("2026-09-10T06:59:59Z"), late)).toEqual([]);
  expect(after([completed], at("2026-09-10T07:00:00Z"), late)).toHaveLength(1);
});

const held = registered({ possibleDuplicateOf: "r0" });
const free = registered({ signingFeePence: 0 });
const old = registered({ season: "2526" });
const cancelled: RegistrationEvent = {
  type: "RegistrationCancelled",
  data: { registrationId: "r1", reason: "", cancelledAt: "2026-09-02T10:00:00.000Z" },
};
const snoozed = (until: string): RegistrationEvent => ({
  type: "RegistrationSnoozed",
  data: { registrationId: "r1", until, snoozedAt: "2026-09-02T10:00:00.000Z" },
});
const recorded: RegistrationEvent = {
  type: "MoneyRecorded",
  data: {
    registrationId: "r1",
    recordId: "m1",
    kind: "cash",
    amountPence: 4500,
    note: "R-1",
    recordedAt: "2026-09-09T10:00:00.000Z",
  },
};

test.each<[string, RegistrationEvent[], Partial<Parameters<typeof suspend>[1]>]>([
  ["it is erased", [{ type: "RegistrationErased" } as never], {}],
  ["it is cancelled", [completed, cancelled], {}],
  ["it may be the same child twice", [held], {}],
  ["no fee is asked for", [free], {}],
  ["the season is over", [old], {}],
  ["nothing is owed any more", [completed], { fee: { ...fee, owed: false } }],
  ["somebody may be paying", [completed], { fee: { ...fee, comes: true } }],
  ["a record of money is open", [completed, recorded], {}],
  ["the link never came", [completed], { arrears: { ...arrears, deliveredAt: undefined } }],
  ["a reminder has yet to go", [completed], { arrears: { ...arrears, reminderWaits: true } }],
  ["it is snoozed", [completed, snoozed("2026-09-09T10:00:21.000Z")], {}],
  ["it is exempt", [completed, snoozed("season")], {}],
])("a family is not suspended when %s", (_, given, more) => {
  expect(after(given, DAY_8, more)).toEqual([]);
});

test("a record of money that does not count does not prevent a suspension", () => {
  expect(after([completed, recorded], DAY_8, { fee: { ...fee, decidedRecords: ["m1"] } })).toHaveLength(1);
});

test("a family has a day after the last reminder, and three for one that never came", () => {
  const dueAt = (more: Partial<Arrears>, lastReminderDay: number | undefined = 7, snoozedUntil?: string) =>
    suspensionDueAt({ ...arrears, ...more }, snoozedUntil, { afterDays: 8, lastReminderDay })?.toISOString();
  expect(dueAt({})).toBe("2026-09-09T10:00:20.000Z");
  expect(dueAt({ remindedAt: "2026-09-09T07:00:00.000Z" })).toBe("2026-09-10T07:00:00.000Z");
  // The last one is on day 10.
  expect(dueAt({}, 10)).toBe("2026-09-14T10:00:00.000Z");
  expect(dueAt({ remindedAt: "2026-09-11T10:00:00.000Z" }, 10)).toBe("2026-09-12T10:00:00.000Z");
  expect(dueAt({ remindedAt: undefined })).toBe("2026-09-11T10:00:00.000Z");
  // No reminders are configured.
  expect(
    suspensionDueAt({ ...arrears, remindedAt: undefined }, undefined, { afterDays: 8, lastReminderDay: undefined }),
  ).toEqual(DAY_8);
  // Both follow London's clocks.
  const october = { askedAt: "2026-10-20T09:00:00.000Z", deliveredAt: "2026-10-20T09:00:00.000Z" };
  expect(dueAt({ ...october, remindedAt: "2026-10-27T10:00:00.000Z" })).toBe("2026-10-28T10:00:00.000Z");
});

test("after a snooze a family has one more day, and gets the reminder that it missed", () => {
  const dueAt = (remindedAt: string | undefined) =>
    suspensionDueAt({ ...arrears, remindedAt }, "2026-09-20T08:00:00.000Z", rules)?.toISOString();
  expect(dueAt("2026-09-08T10:00:05.000Z")).toBe("2026-09-21T08:00:00.000Z");
  expect(dueAt("2026-09-20T08:00:10.000Z")).toBe("2026-09-21T08:00:10.000Z");
  expect(dueAt("2026-09-04T10:00:00.000Z")).toBe("2026-09-23T08:00:00.000Z");
});

test("a suspended family is reinstated once, and can be suspended again", () => {
  const later = at("2026-09-12T10:00:00.000Z");
  decides(registrationAggregate, [completed, suspended(DAY_8)], reinstate("r1", later), [reinstated("paid", later)]);
  expect(reinstate("r1", later)(registrationAggregate.evolve(registrationAggregate.initial, completed))).toEqual([]);
  expect(after([completed, suspended(DAY_8), reinstated("paid", later)], at("2026-10-20T10:00:00Z"))).toHaveLength(1);
});

test("a snooze ends a suspension, and the end of a snooze does not", () => {
  const until = at("2026-09-20T08:00:00.000Z");
  const now = at("2026-09-10T10:00:00.000Z");
  const { result } = decides(registrationAggregate, [completed, suspended(DAY_8)], snooze("r1", until, now), [
    {
      type: "RegistrationSnoozed",
      data: { registrationId: "r1", until: until.toISOString(), snoozedAt: now.toISOString() },
    },
    reinstated("operator", now),
  ]);
  expect(result).toEqual({ kind: "snoozed" });
  expect(
    snooze(
      "r1",
      now,
      now,
    )([completed, suspended(DAY_8)].reduce(registrationAggregate.evolve, registrationAggregate.initial)),
  ).toEqual({
    events: [],
    result: { kind: "not_snoozed" },
  });
});
