import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { todayList } from "../today/list.ts";
import { createNeeding } from "./needing.ts";
import { registrationsProjection } from "./projection.ts";

const now = new Date("2026-09-10T10:00:00.000Z");
const at = "2026-09-01T10:00:00.000Z";

type Given = readonly [stream: string, type: string, data: object];

const standing = { behindPence: 0, monthsMissed: 0, mandate: "active", mandatesGone: 0, paidTwicePence: 0 };
const token: Given = ["payment-BRQ0001", "PaymentTokenCreated", { billingRequestId: "BRQ0001", createdAt: at }];
const months = (more: object): Given => ["payment-BRQ0001", "MonthlyStatusChanged", { ...standing, ...more }];
const replied: Given = ["sms-1", "ReplyReceived", { replyId: "SM1", body: "who is this?", receivedAt: at }];
const left: Given = ["registration-r1", "RegistrationCancelled", { reason: "moved away", cancelledAt: at }];

/** Why the family with these events is on Today. */
const codesAfter = (...events: readonly Given[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  const all: Given[] = [["registration-r1", "RegistrationCompleted", completedData()], ...events];
  for (const [index, [stream, type, data]] of all.entries()) {
    const position = BigInt(index + 1);
    apply(storedEvent(stream, type, { registrationId: "r1", ...data }, { position, created: new Date(at) }));
  }
  apply.flush?.();
  return todayList(createNeeding(db)(undefined), now).flatMap(({ reasons }) => reasons.map(({ code }) => code));
};

test("a family that has left is found for a reply and for money to give back, and for nothing else", () => {
  expect(codesAfter(replied, left)).toEqual(["replied"]);
  expect(codesAfter(months({ paidTwicePence: 4_500 }), left)).toEqual(["paid_twice"]);
  const failed: Given = ["payment-BRQ0001", "RefundReturned", { refundId: "RF1" }];
  const note = (addedAt: string): Given => [
    "registration-r1",
    "NoteAdded",
    { noteId: addedAt, text: "paid by hand", addedAt },
  ];
  expect(codesAfter(token, failed, left)).toEqual(["money_failed"]);
  expect(codesAfter(token, note(at), failed)).toEqual(["money_failed"]);
  expect(codesAfter(token, failed, note("2026-09-01T10:00:01.000Z"))).toEqual([]);
  const paid: Given = ["payment-BRQ0001", "PaymentStatusChanged", { status: "paid", since: at, changedAt: at }];
  const refused: Given = ["payment-BRQ0001", "SubscriptionRefused", { code: "no", reason: "", refusedAt: at }];
  expect(codesAfter(token, paid, refused)).toEqual(["subscription_refused"]);
  expect(codesAfter(token, paid, refused, ["payment-BRQ0001", "SubscriptionCreated", {}])).toEqual([]);
  expect(codesAfter(token, paid, refused, left)).toEqual([]);
  const chased = months({ behindPence: 2_750, monthsMissed: 1, mandate: "gone" });
  expect(codesAfter(chased)).toEqual(["mandate_gone", "behind"]);
  expect(codesAfter(chased, left)).toEqual([]);
});
