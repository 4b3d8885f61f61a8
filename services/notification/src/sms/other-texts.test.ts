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
