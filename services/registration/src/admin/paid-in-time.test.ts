import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { registrationsProjection } from "../read-model/projection.ts";
import { createPaidInTime, paidInTimeLine } from "./paid-in-time.ts";

const now = new Date("2026-11-28T10:00:00.000Z");
const ago = (days: number, ms = 0) => new Date(now.getTime() - days * 86_400_000 - ms).toISOString();

interface Family {
  readonly at: string;
  readonly team?: string;
  readonly season?: string;
  readonly heldFor?: string;
  /** When it paid, or another status. */
  readonly paid?: string;
  readonly status?: string;
  readonly left?: boolean;
}

const measured = (families: readonly Family[], teams?: readonly string[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  let position = 0n;
  for (const [number, family] of families.entries()) {
    const registrationId = `r${number}`;
    const happened = (stream: string, type: string, data: object) =>
      apply(storedEvent(stream, type, { registrationId, ...data }, { position: ++position, created: now }));
    happened(`registration-${registrationId}`, "RegistrationCompleted", {
      child: { firstName: "Zoë", lastName: "Parent" },
      parent: { firstName: "Sam", lastName: "Parent" },
      parentPhone: "+447700900123",
      team: family.team ?? "Tigers",
      ageGroup: "u10",
      season: family.season ?? "2627",
      preferredPaymentDay: 1,
      signingFeePence: 100,
      monthlyFeePence: 100,
      defaultedFees: [],
      acceptedAt: family.at,
      ...(family.heldFor && { possibleDuplicateOf: family.heldFor }),
    });
    const status = family.status ?? (family.paid && "paid");
    if (status) {
      const token = `BRQ0000${number}`;
      happened(`payment-${token}`, "PaymentTokenCreated", { billingRequestId: token, createdAt: family.at });
      const since = family.paid ?? family.at;
      happened(`payment-${token}`, "PaymentStatusChanged", { status, since, changedAt: since });
    }
    if (family.left) happened(`registration-${registrationId}`, "RegistrationCancelled", { cancelledAt: ago(0) });
  }
  apply.flush?.();
  return createPaidInTime(db, () => now)({ ...(teams && { teams }) });
};

test("families whose seven days are over count, and those that paid within them", () => {
  expect(measured([])).toEqual({ families: 0, inTime: 0 });
  const paid = { at: ago(20), paid: ago(13) };
  const late = { at: ago(20), paid: ago(13, -1_000) };
  expect(measured([paid, late, { at: ago(7) }])).toEqual({ families: 3, inTime: 1 });
  expect(measured([{ at: ago(7, -1) }, { at: ago(2), paid: ago(1) }]), "still has time").toEqual({
    families: 0,
    inTime: 0,
  });
  expect(measured([paid, { ...paid, status: "charged_back" }])).toEqual({ families: 2, inTime: 1 });
});

test("only families of this season that are asked to pay, and that the reader may see", () => {
  const at = ago(20);
  const others = [
    { at, season: "2526", paid: at },
    { at, left: true },
    { at, paid: at, left: true },
    { at, status: "waived" },
    { at, status: "refunded" },
    { at, heldFor: "r0" },
  ];
  expect(measured(others)).toEqual({ families: 0, inTime: 0 });
  const lions = { at, team: "Lions" };
  expect(measured([{ at, paid: at }, lions], ["Lions"])).toEqual({ families: 1, inTime: 0 });
});

test.each([
  [0, 0, ""],
  [1, 1, "Paid within seven days: 1 of one family (100 %). The target is 85 %."],
  [50, 41, "Paid within seven days: 41 of 50 families (82 %). The target is 85 %."],
  [1_000, 849, "Paid within seven days: 849 of 1000 families (84 %). The target is 85 %."],
])("of %i families %i paid in time: %s", (families, inTime, words) => {
  expect(String(paidInTimeLine({ families, inTime }) ?? "").replaceAll(/<[^>]*>/g, "")).toBe(words);
});
