import { expect, test } from "vitest";
import { REMINDERS_MAX } from "./reminder-days.ts";
import { smsIdOf, smsIdsOf, suppressionIdOf } from "./stream-ids.ts";

test("the ids of stored streams never change", () => {
  expect(smsIdOf("one", "payment_link", 0)).toBe("3e934388-9f98-55d0-9ce4-f8dd366ba644");
  expect(smsIdOf("one", "resend", 2)).toBe("fc326080-6874-506c-8a0b-1d34ed8d6735");
  expect(suppressionIdOf("a2V5", "+447700900123")).toBe("0c012b31b7621be078bb52ced0825742");
});

test("a registration's texts can be listed from counts of its events", () => {
  const counts = { resends: 1, corrections: 2, askedReminders: 1, reopenings: 1, mandatesGone: 1 };
  const reminders = (from: number) =>
    Array.from({ length: REMINDERS_MAX }, (_, i) => smsIdOf("one", "reminder", from + i));
  expect(smsIdsOf("one", counts)).toEqual([
    smsIdOf("one", "payment_link", 0),
    smsIdOf("one", "resend", 1),
    smsIdOf("one", "corrected_phone", 1),
    smsIdOf("one", "corrected_phone", 2),
    smsIdOf("one", "asked_reminder", 1),
    smsIdOf("one", "reopened", 1),
    smsIdOf("one", "month_missed", 1),
    smsIdOf("one", "mandate_gone", 1),
    smsIdOf("one", "confirmation", 0),
    smsIdOf("one", "confirmation", 1),
    ...reminders(1),
    ...reminders(101),
  ]);
});
