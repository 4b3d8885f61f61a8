import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { arrearsOf, textedToday } from "./arrears.ts";
import { changingColumns } from "./columns.ts";
import { applyEvent, type Facts, firstFacts } from "./facts.ts";

const phone = "+447700900123";
const other = "+447700900456";
const day = (n: number, time = "10:00") => `2026-09-${String(n).padStart(2, "0")}T${time}:00.000Z`;

type Given = [type: string, data: object, sms?: string];

const completed = completedData({ acceptedAt: day(1) });

let position = 0n;
const after = (...events: Given[]): Facts =>
  events
    .map(([type, data, sms]) =>
      storedEvent(sms ? `sms-${sms}` : "registration-r1", type, data, { position: ++position }),
    )
    .reduce(applyEvent, firstFacts(completed, false));
const arrears = (...events: Given[]) => arrearsOf(after(...events), day(1));

const text = (smsId: string, purpose: string, to = phone): Given => [
  "SmsRequested",
  { smsId, registrationId: "r1", purpose, to, segments: 1 },
  smsId,
];
const status = (smsId: string, word: string, at: string, more: object = {}): Given => [
  "TextStatusChanged",
  { registrationId: "r1", status: word, attempt: 1, segments: 1, changedAt: at, ...more },
  smsId,
];
const delivered = (smsId: string, purpose: string, at: string, to = phone): Given[] => [
  text(smsId, purpose, to),
  status(smsId, "sent", at, { sentAt: at }),
  status(smsId, "delivered", at, { sentAt: at }),
];

test("days count from the first text with the link that reached the present number", () => {
  expect(arrears(text("a", "payment_link"), status("a", "sent", day(1)))).toEqual({
    askedAt: day(1),
    deliveredAt: undefined,
    reminderWaits: false,
    remindedAt: undefined,
  });
  const first = delivered("a", "payment_link", day(1, "11:00"));
  expect(arrears(...first, ...delivered("b", "resend", day(4)))).toMatchObject({ deliveredAt: day(1, "11:00") });
  // A repeated report changes nothing.
  expect(arrears(...first, status("a", "delivered", day(5)))).toMatchObject({ deliveredAt: day(1, "11:00") });
  const corrected: Given = ["ParentPhoneCorrected", { parentPhone: other }];
  expect(arrears(...first, corrected).deliveredAt).toBeUndefined();
  const moved = [...first, corrected, ...delivered("c", "corrected_phone", day(6), other)];
  expect(arrears(...moved)).toMatchObject({ deliveredAt: day(6) });
  // A reminder has the link too.
  expect(arrears(text("a", "payment_link"), ...delivered("r", "reminder", day(4)))).toMatchObject({
    deliveredAt: day(4),
  });
});

test("days do not count while there is no link", () => {
  const late: Given = ["PaymentTokenCreated", { billingRequestId: "BRQ0001", createdAt: day(11) }];
  expect(arrears(late, ...delivered("a", "payment_link", day(11, "10:01")))).toMatchObject({ askedAt: day(11) });
});

test("a fee that is asked for again starts counting days again", () => {
  const before = [...delivered("a", "payment_link", day(1)), ...delivered("r", "reminder", day(8))];
  const back: Given = ["PaymentStatusChanged", { status: "charged_back", since: day(18), changedAt: day(20) }];
  expect(arrears(...before, back)).toMatchObject({ askedAt: day(20), deliveredAt: undefined });
  const reopened = (feePence: number): Given => ["PaymentLinkReopened", { feePence, reopenedAt: day(21) }];
  expect(arrears(...before, back, reopened(0))).toMatchObject({ askedAt: day(20) });
  const again = [...before, back, reopened(4_500), ...delivered("b", "reopened", day(21, "10:01"))];
  expect(arrears(...again)).toMatchObject({ askedAt: day(21), deliveredAt: day(21, "10:01"), remindedAt: day(8) });
});

test("a reminder is waiting until it is sent, known to have failed, or withdrawn", () => {
  const waits = (...events: Given[]) => arrears(text("r", "asked_reminder"), ...events);
  expect(waits()).toMatchObject({ reminderWaits: true, remindedAt: undefined });
  expect(waits(status("r", "sent", day(5), { sentAt: day(5) }))).toMatchObject({
    reminderWaits: false,
    remindedAt: day(5),
  });
  for (const word of ["failed", "withdrawn"])
    expect(waits(status("r", word, day(5)))).toMatchObject({ reminderWaits: false, remindedAt: undefined });
});

test("a number that refuses a reminder needs correction, until a text arrives there", () => {
  const needs = (...events: Given[]) =>
    changingColumns(after(...delivered("a", "payment_link", day(1)), ...events)).phone_needs_correction;
  const dead = status("r", "undelivered", day(4), { numberProblem: "unreachable", failure: "number_unreachable" });
  expect(needs(text("r", "reminder"), dead)).toBe(1);
  expect(needs(text("r", "reminder"), dead, text("s", "reminder"))).toBe(1);
  expect(needs(text("r", "reminder"), dead, ...delivered("s", "reminder", day(6)))).toBe(0);
});

test("a family counts as texted today if a text was sent today in London, or is about to be", () => {
  const today = (now: string, ...events: Given[]) => textedToday(after(...events), new Date(now));
  const went = delivered("r", "reminder", "2026-09-08T22:59:00.000Z");
  expect([today(day(8, "09:00"), ...went), today(day(8, "23:00"), ...went)]).toEqual([true, false]);
  expect(today(day(9), text("r", "resend"))).toBe(true);
  expect(today(day(9), text("r", "resend"), status("r", "withdrawn", day(9)))).toBe(false);
  expect(today(day(9), text("r", "resend", other))).toBe(false);
});

test("for a held registration, days count from its release", () => {
  const released: Given = ["RegistrationReleased", { registrationId: "r1", releasedAt: day(4) }];
  expect(arrears(released)).toMatchObject({ askedAt: day(4) });
  const asked: Given = ["PaymentLinkReopened", { registrationId: "r1", feePence: 100, reopenedAt: day(9) }];
  expect(arrears(released, asked)).toMatchObject({ askedAt: day(9) });
  expect(arrears(asked, released)).toMatchObject({ askedAt: day(9) });
});
