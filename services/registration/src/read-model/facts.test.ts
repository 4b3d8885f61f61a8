import type { SmsEvent } from "@touchline/contracts";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { changingColumns } from "./columns.ts";
import { applyEvent, firstFacts } from "./facts.ts";

const at = "2026-09-01T10:00:00.000Z";
const phone = "+447700900123";
const completed = {
  registrationId: "r1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: phone,
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
  signingFeePence: 100,
  monthlyFeePence: 100,
  defaultedFees: [],
  acceptedAt: at,
};

type Given = [type: string, data?: object, sms?: string];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

/** The columns after these events; texts are `sms-a` unless said. */
const after = (...events: Given[]) =>
  changingColumns(
    events
      .map(([type, data = {}, sms = "a"], i) => {
        const isText = type.startsWith("Sms") || type.startsWith("Text");
        return storedEvent(isText ? `sms-${sms}` : "payment-BRQ0001", type, data, { position: BigInt(i + 1) * 10n });
      })
      .reduce(applyEvent, firstFacts(completed, false)),
  );

const wanted = (purpose = "payment_link", sms = "a", to = phone): Given => [
  "SmsRequested",
  { smsId: sms, registrationId: "r1", purpose, to, segments: 2 },
  sms,
];
const text = (status: Announced["status"], more: Partial<Announced> = {}, sms = "a"): Given => [
  "TextStatusChanged",
  { registrationId: "r1", status, attempt: 1, segments: 2, changedAt: at, ...more },
  sms,
];
const payment = (status: string, since = at): Given => ["PaymentStatusChanged", { status, since, changedAt: at }];

const off = { failure: "number_unreachable", code: "30003", numberProblem: "unreachable" } as const;
const landline = { failure: "number_not_mobile", code: "30006", numberProblem: "refused" } as const;

test("a requested text is pending until its status is announced", () => {
  expect(after(wanted())).toMatchObject({ sms_delivery_status: "pending", sms_attempts: 0, sms_segments: 2 });
  expect(after(wanted(), text("sent", { sentAt: at, segments: 3 }))).toMatchObject({
    sms_delivery_status: "sent",
    sms_sent_at: at,
    sms_attempts: 1,
    sms_segments: 3,
  });
});

test("each announcement replaces the one before", () => {
  const undelivered = text("undelivered", { ...off, sentAt: at });
  expect(after(wanted(), undelivered)).toMatchObject({
    sms_delivery_status: "undelivered",
    sms_delivery_error: "30003: the phone was off or out of reach",
    phone_needs_correction: 1,
  });
  expect(after(wanted(), undelivered, text("delivered", { attempt: 2 }))).toMatchObject({
    sms_delivery_status: "delivered",
    sms_delivery_error: null,
    sms_sent_at: null,
    sms_attempts: 2,
    phone_needs_correction: 0,
  });
});

test("the steps of a text change nothing by themselves", () => {
  const steps = ["SmsAttemptStarted", "SmsAccepted", "SmsStatusReported", "SmsRejected", "SmsGivenUp", "SmsWithdrawn"];
  expect(after(wanted(), ...steps.map((type): Given => [type]))).toEqual(after(wanted()));
});

test("a refused number asks for another; an unreachable one may also be texted again", () => {
  expect(after(wanted(), text("undelivered", off))).toMatchObject({
    phone_needs_correction: 1,
    phone_refuses_texts: 0,
  });
  expect(after(wanted(), text("failed", landline))).toMatchObject({
    phone_needs_correction: 1,
    phone_refuses_texts: 1,
  });
  const corrected: Given = ["ParentPhoneCorrected", { parentPhone: "+447700900456" }];
  expect(after(wanted(), text("failed", landline), corrected)).toMatchObject({ phone_needs_correction: 0 });
});

test("an opt-out asks for another number until its owner takes it back, whatever became of the text", () => {
  const stopped = [wanted(), text("failed", { failure: "opted_out", code: "21610" })];
  const optedOut: Given = ["PhoneOptedOut", { phone }];
  const optedIn: Given = ["PhoneOptedIn", { phone }];
  expect(after(...stopped, optedOut)).toMatchObject({ phone_needs_correction: 1, phone_refuses_texts: 1 });
  expect(after(...stopped, optedOut, optedIn)).toMatchObject({ phone_needs_correction: 0, phone_refuses_texts: 0 });
  expect(after(wanted(), text("failed", landline), optedIn)).toMatchObject({ phone_needs_correction: 1 });
});

test("a refused number that comes back still asks for another, though a text to a better one is the newest", () => {
  const other = "+447700900456";
  const corrected = [
    wanted(),
    text("failed", landline),
    ["ParentPhoneCorrected", { parentPhone: other }],
    wanted("corrected_phone", "b", other),
    text("sent", {}, "b"),
  ] as Given[];
  expect(after(...corrected)).toMatchObject({ phone_needs_correction: 0 });
  expect(after(...corrected, ["ParentPhoneCorrected", { parentPhone: phone }])).toMatchObject({
    phone_needs_correction: 1,
  });
});

test("the newest text with the link is shown; reminders and confirmations are not", () => {
  const first = [wanted(), text("undelivered", off)];
  expect(after(...first, wanted("resend", "b"))).toMatchObject({ sms_delivery_status: "pending", sms_attempts: 0 });
  expect(after(...first, wanted("resend", "b"), text("sent", {}, "b"))).toMatchObject({ sms_delivery_status: "sent" });
  expect(after(...first, wanted("reminder", "c"), text("sent", {}, "c"))).toMatchObject({
    sms_delivery_status: "undelivered",
  });
});

test("a withdrawn text lets the one before show, or keeps the status that it had", () => {
  const withdrawn = text("withdrawn", {}, "b");
  expect(after(wanted(), text("sent"), wanted("resend", "b"), withdrawn)).toMatchObject({
    sms_delivery_status: "sent",
    sms_attempts: 1,
  });
  const alone = [wanted("payment_link", "b"), text("undelivered", off, "b")];
  expect(after(...alone, text("withdrawn", { numberProblem: "unreachable" }, "b"))).toEqual(after(...alone));
  expect(after(...alone, withdrawn, text("delivered", {}, "b"))).toMatchObject({ sms_delivery_status: "delivered" });
});

test("paid is not final, and cancelling does not hide money that has come", () => {
  expect(after(payment("paid"))).toMatchObject({ payment_status: "paid", paid_at: at });
  expect(after(payment("paid"), payment("charged_back"))).toMatchObject({
    payment_status: "charged_back",
    paid_at: null,
  });
  expect(after(payment("paid"), payment("failed"), payment("paid", "2026-10-01T10:00:00.000Z"))).toMatchObject({
    payment_status: "paid",
    paid_at: "2026-10-01T10:00:00.000Z",
  });
  const cancelled: Given = ["RegistrationCancelled"];
  expect(after(cancelled)).toMatchObject({ payment_status: "cancelled" });
  expect(after(cancelled, payment("pending"))).toMatchObject({ payment_status: "cancelled" });
  expect(after(cancelled, payment("paid"))).toMatchObject({ payment_status: "paid" });
  expect(after(payment("paid"), cancelled, payment("failed"))).toMatchObject({ payment_status: "cancelled" });
});

test("the first tap counts, in whichever order taps are stored", () => {
  const tap = (openedAt: string): Given => ["PaymentLinkOpened", { openedAt }];
  expect(after(tap("2026-09-02T10:00:00.000Z"), tap(at))).toMatchObject({ link_opened_at: at });
  expect(after(tap(at), tap("2026-09-02T10:00:00.000Z"))).toMatchObject({ link_opened_at: at });
});
