import { expect, test } from "vitest";
import { planReminders, reminderTimes } from "./reminders.ts";

const at = (iso: string) => new Date(iso);
const DAYS = [3, 5, 7];

test("reminders keep the hour of the registration, and wait until eight if it was at night", () => {
  expect(reminderTimes(at("2026-03-27T17:30:00Z"), DAYS).map((r) => r.at.toISOString())).toEqual([
    "2026-03-30T16:30:00.000Z",
    "2026-04-01T16:30:00.000Z",
    "2026-04-03T16:30:00.000Z",
  ]);
  expect(reminderTimes(at("2026-01-10T23:00:00Z"), [3])[0]?.at.toISOString()).toBe("2026-01-14T08:00:00.000Z");
  expect(reminderTimes(at("2026-01-10T03:00:00Z"), [3])[0]?.at.toISOString()).toBe("2026-01-13T08:00:00.000Z");
});

test("of missed reminders only the last is sent, and none that is days late", () => {
  const plan = (now: string) => planReminders(at("2026-01-10T12:00:00Z"), DAYS, at(now));
  expect(plan("2026-01-12T12:00:00Z")).toMatchObject({ next: { count: 1 } });
  expect(plan("2026-01-12T12:00:00Z").due).toBeUndefined();
  expect(plan("2026-01-13T12:00:00Z")).toMatchObject({ due: { count: 1 }, next: { count: 2 } });
  expect(plan("2026-01-15T13:00:00Z")).toMatchObject({ due: { count: 2 }, next: { count: 3 } });
  expect(plan("2026-01-18T12:00:00Z")).toMatchObject({ due: { count: 3 } });
  expect(plan("2026-01-18T12:00:00Z").next).toBeUndefined();
  expect(plan("2026-03-01T12:00:00Z")).toEqual({});
});

test("no days, no reminders", () => {
  expect(planReminders(at("2026-01-10T12:00:00Z"), [], at("2026-01-13T12:00:00Z"))).toEqual({});
});

test("after a snooze the last reminder that it held back is sent, and later ones come on time", () => {
  const plan = (now: string, snoozedUntil: string) =>
    planReminders(at("2026-01-10T12:00:00Z"), DAYS, at(now), at(snoozedUntil));
  expect(plan("2026-01-25T00:00:00Z", "2026-01-25T00:00:00Z")).toMatchObject({ due: { count: 3 } });
  expect(plan("2026-01-16T09:00:00Z", "2026-01-16T09:00:00Z")).toMatchObject({ due: { count: 2 }, next: { count: 3 } });
  expect(plan("2026-01-27T00:00:01Z", "2026-01-25T00:00:00Z")).toEqual({});
});
