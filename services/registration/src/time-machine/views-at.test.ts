import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { viewsAt } from "./views-at.ts";

const completed = completedData();
const link = "payment-BRQ0001";
const token = {
  billingRequestId: "BRQ0001",
  registrationId: "r1",
  feePence: 4500,
  mandate: false,
  monthlyFeePence: 2750,
  preferredPaymentDay: 1,
  season: "2627",
  createdAt: "2026-09-01T10:00:00.000Z",
};
const hour = (h: number) => `2026-09-01T${String(h).padStart(2, "0")}:00:00.000Z`;
const reported = (h: number) => ({ paymentId: "PM1", action: "reported", occurredAt: hour(h), via: "webhook" });
const status = (word: string, h: number) => ({ status: word, since: hour(h), changedAt: hour(h) });
const request = { smsId: "a", registrationId: "r1", purpose: "payment_link", to: "+447700900123", segments: 2 };

const given: [stream: string, type: string, data: object][] = [
  ["registration-r1", "RegistrationCompleted", completed],
  [link, "PaymentTokenCreated", token],
  ["sms-a", "SmsRequested", request],
  ["sms-a", "TextStatusChanged", { status: "delivered", attempt: 1, segments: 2, changedAt: hour(13) }],
  [link, "PaymentFulfilled", { ...reported(14), requestId: "BRQ0001" }],
  [link, "PaymentConfirmed", reported(15)],
  [link, "PaymentStatusChanged", status("paid", 16)],
  [link, "PaymentFailed", { ...reported(17), action: "late_failure_settled" }],
  [link, "PaymentStatusChanged", status("failed", 18)],
];
/** The nth of them was stored n hours after 10 o'clock. */
const events = given.map(([stream, type, data], n) =>
  storedEvent(stream, type, data, { position: BigInt(n), created: new Date(hour(10 + n)) }),
);

const said = (at: string) => {
  const found = viewsAt(events, new Date(at)).map(({ view, name, value, since }) => {
    return [`${view} ${name}`, `${value} since ${since.type}`] as const;
  });
  return Object.fromEntries(found);
};

test("each view says what it said then, with the event that changed it", () => {
  expect(said(hour(16))).toMatchObject({
    "registration payment_status": "paid since PaymentStatusChanged",
    "registration sms_delivery_status": "delivered since TextStatusChanged",
    "account fee": "expected £45, collected £45 since PaymentConfirmed",
    "text a": "delivered since TextStatusChanged",
  });
  expect(said(hour(18))).toMatchObject({
    "registration payment_status": "failed since PaymentStatusChanged",
    "account fee": "expected £45, failed £45 since PaymentFailed",
  });
});

test("later facts are not known yet, and facts that ended are no longer shown", () => {
  const before = said("2026-09-01T15:59:59.999Z");
  expect(before).toMatchObject({ "registration payment_status": "pending since RegistrationCompleted" });
  expect(before).not.toHaveProperty("registration paid_at");
  expect(said(hour(16))).toHaveProperty("registration paid_at");
  expect(said(hour(18))).not.toHaveProperty("registration paid_at");
  expect(said("2026-09-01T09:00:00.000Z")).toEqual({});
});

test("nothing is shown about an erased family, for any time", () => {
  const erased = storedEvent("registration-r1", "RegistrationErased", {}, { created: new Date(hour(20)) });
  expect(viewsAt([...events, erased], new Date(hour(16)))).toEqual([]);
});

test("a month that lapsed by then is not shown, as in the ledger", () => {
  const monthly = { ...token, monthlyFrom: "2026-10-01", monthlyUntil: "2026-12-01" };
  const created = storedEvent(link, "PaymentTokenCreated", monthly, { created: new Date(hour(11)) });
  const shown = (at: string) => viewsAt([created], new Date(at)).map(({ name }) => name);
  expect(shown("2026-11-07T23:59:00.000Z")).toEqual(["fee", "2026-10", "2026-11", "2026-12"]);
  expect(shown("2026-11-08T00:00:00.000Z")).toEqual(["fee", "2026-11", "2026-12"]);
});
