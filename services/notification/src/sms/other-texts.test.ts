import { expect, test } from "vitest";
import { comparedWithOthers } from "./other-texts.ts";

const NOW = new Date("2026-03-09T12:00:00.000Z");
const PHONE = "+447700900123";

type Placed = Parameters<typeof comparedWithOthers>[2][number];
const corrected = (count: number, more: Partial<Placed> = {}) =>
  ({
    smsId: String(count),
    purpose: "corrected_phone",
    count,
    to: PHONE,
    status: "ready",
    attempts: [],
    messages: {},
    requestedAt: NOW.toISOString(),
    position: BigInt(count),
    ...more,
  }) as unknown as Placed;

const look = (own: Placed, ...others: readonly Placed[]) => {
  const { anotherFirst, anotherWent } = comparedWithOthers(own, PHONE, [own, ...others], NOW, false);
  return { anotherFirst, anotherWent };
};

test("a number that is corrected back and forth gets a waiting confirmation once", () => {
  const about = "confirmation" as const;
  const later = corrected(3, { about });
  expect(look(later, corrected(1, { about }))).toEqual({ anotherFirst: true, anotherWent: false });
  expect(look(later, corrected(1, { about, status: "delivered" }))).toEqual({ anotherFirst: false, anotherWent: true });
  expect(look(later, corrected(1, { about, status: "withdrawn" }))).toEqual({
    anotherFirst: false,
    anotherWent: false,
  });
});

test("what a number was texted about something else does not count", () => {
  const about = "month_missed" as const;
  const free = { anotherFirst: false, anotherWent: false };
  expect(look(corrected(3, { about }), corrected(1, { status: "delivered" }))).toEqual(free);
  expect(look(corrected(3), corrected(1, { about: "confirmation", status: "delivered" }))).toEqual(free);
});

const news = (purpose: Placed["purpose"], position: number, more: Partial<Placed> = {}) =>
  corrected(position, { purpose, requestedAt: new Date(NOW.getTime() + position).toISOString(), ...more });
const waits = (own: Placed, other: Placed) => comparedWithOthers(own, PHONE, [own, other], NOW, false).anotherWaits;

test.each([
  ["month_missed", "mandate_gone"],
  ["mandate_gone", "month_missed"],
  ["reopened", "mandate_gone"],
] as const)("%s is texted although %s waits: each has news of its own", (own, other) => {
  expect(waits(news(own, 2), news(other, 1))).toBe(false);
});

test.each(["resend", "reopened"] as const)("%s is not texted while a text that gives the link waits", (own) => {
  expect(waits(news(own, 2), news("payment_link", 1))).toBe(true);
});

test("a link that is asked for again is not texted while news with the link waits", () => {
  expect(waits(news("resend", 2), news("month_missed", 1))).toBe(true);
});

test("a second attempt is made unless a text with the same news went after the first", () => {
  const startedAt = (ms: number) =>
    [{ startedAt: new Date(NOW.getTime() + ms).toISOString() }] as unknown as Placed["attempts"];
  const own = news("month_missed", 1, { attempts: startedAt(10) });
  const after = (purpose: Placed["purpose"]) => news(purpose, 2, { attempts: startedAt(20), status: "delivered" });
  expect(look(own, after("mandate_gone")).anotherWent).toBe(false);
  expect(look(own, after("month_missed")).anotherWent).toBe(true);
  const reminded = news("reminder", 1, { attempts: startedAt(10) });
  expect(look(reminded, after("mandate_gone")).anotherWent).toBe(true);
});
