import type { PaymentEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { feeStanding } from "./fee-standing.ts";

const now = new Date("2026-09-10T10:00:00.000Z");
const event = (type: PaymentEvent["type"], data: object = {}) =>
  ({ type, data: { billingRequestId: "BRQ1", ...data } }) as PaymentEvent;
const created = event("PaymentTokenCreated", {
  registrationId: "r1",
  season: "2627",
  feePence: 4_500,
  monthlyFeePence: 2_750,
  createdAt: "2026-09-01T10:00:00.000Z",
});
const status = (word: string) => event("PaymentStatusChanged", { status: word });
const fulfilled = event("PaymentFulfilled", {
  requestId: "BRQ1",
  paymentId: "PM1",
  occurredAt: "2026-09-10T09:00:00.000Z",
});
const standing = (...events: PaymentEvent[]) => feeStanding(events, now);

test("a fee is owed from the creation of the link until it is settled", () => {
  expect(standing().owed).toBe(false);
  expect(standing(created)).toEqual({ owed: true, comes: false, decidedRecords: [] });
  for (const word of ["paid", "waived", "refunded", "cancelled"])
    expect(standing(created, status(word)).owed).toBe(false);
  expect(standing(created, status("paid"), status("charged_back")).owed).toBe(true);
  expect(standing(created, event("PaymentLinkClosed")).owed).toBe(false);
});

test("money may arrive for a day after a tap, and will once the page is finished", () => {
  const tapped = (createdAt: string) => standing(created, event("PaymentFlowCreated", { createdAt })).comes;
  expect([tapped("2026-09-09T10:00:01.000Z"), tapped("2026-09-09T10:00:00.000Z")]).toEqual([true, false]);
  expect(standing(created, fulfilled).comes).toBe(true);
  const failed = { paymentId: "PM1", action: "failed", occurredAt: "2026-09-10T09:30:00.000Z", via: "webhook" };
  expect(standing(created, fulfilled, event("PaymentFailed", failed)).comes).toBe(false);
});

test("a record of money is decided once it counts, or does not", () => {
  expect(
    standing(
      created,
      event("MoneyElsewhereRequested", { recordId: "m1" }),
      event("MoneyElsewhereRecorded", { recordId: "m2", kind: "cash", amountPence: 100 }),
      event("MoneyElsewhereRefused", { recordId: "m3" }),
    ).decidedRecords,
  ).toEqual(["m2", "m3"]);
});
