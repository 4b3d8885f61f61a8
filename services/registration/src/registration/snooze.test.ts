import type { RegistrationEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { readSnooze, type SnoozeUntil, snooze } from "./snooze.ts";
import { registrationAggregate } from "./state.ts";

const now = new Date("2026-09-10T10:00:00.000Z");
const later = new Date("2026-09-20T08:00:00.000Z");
const completed = { type: "RegistrationCompleted", data: { registrationId: "r1" } } as RegistrationEvent;
const cancelled = { type: "RegistrationCancelled", data: { registrationId: "r1" } } as RegistrationEvent;
const snoozed = (until: string): RegistrationEvent => ({
  type: "RegistrationSnoozed",
  data: { registrationId: "r1", until, snoozedAt: now.toISOString() },
});
const after = (given: RegistrationEvent[], until: SnoozeUntil, then: RegistrationEvent[]) =>
  decides(registrationAggregate, given, snooze("r1", until, now), then).result;

test("a snooze lasts until its time, or for the season, and can be changed and ended", () => {
  const week = snoozed(later.toISOString());
  expect(after([completed], later, [week])).toEqual({ kind: "snoozed" });
  expect(after([completed, week], later, [])).toEqual({ kind: "snoozed_before" });
  expect(after([completed, week], "season", [snoozed("season")])).toEqual({ kind: "snoozed" });
  expect(after([completed, snoozed("season")], now, [snoozed(now.toISOString())])).toEqual({ kind: "snooze_ended" });
});

test("a snooze that does not exist cannot be ended, nor a missing family be snoozed", () => {
  expect(after([completed], now, [])).toEqual({ kind: "not_snoozed" });
  expect(after([completed, snoozed("2026-09-09T08:00:00.000Z")], now, [])).toEqual({ kind: "not_snoozed" });
  expect(after([completed, cancelled], later, [])).toEqual({ kind: "registration_cancelled" });
  expect(after([], later, [])).toEqual({ kind: "not_found" });
});

test("a snooze lasts until a time, for the season, or ends now", () => {
  expect(readSnooze("", now)).toEqual({ ok: true, until: now });
  expect(readSnooze("season", now)).toEqual({ ok: true, until: "season" });
  expect(readSnooze("2026-09-20T08:00:00Z", now)).toEqual({ ok: true, until: later });
  for (const text of ["next week", "20", "2026-13-01", "2026-02-30T10:00:00Z", "2026-09-20 8 o'clock"])
    expect(readSnooze(text, now), text).toMatchObject({ ok: false, violation: { code: "invalid" } });
  expect(readSnooze("2027-12-01T00:00:00Z", now)).toMatchObject({ ok: false, violation: { code: "out_of_range" } });
});
