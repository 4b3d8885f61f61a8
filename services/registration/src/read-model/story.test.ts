import { expect, test } from "vitest";
import { begin, type Story, type StoryEvent, tell, view } from "./story.ts";

const at = "2026-09-01T10:00:00.000Z";
const completed = {
  registrationId: "r1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
  signingFeePence: 100,
  monthlyFeePence: 100,
  defaultedFees: [],
  acceptedAt: at,
};

type Sms = [type: string, data?: object, sms?: string];

/** The view after these events; texts are `sms-a` unless said. */
const after = (...events: Sms[]) => {
  let position = 0n;
  let story: Story = begin(completed, false);
  for (const [type, data = {}, sms = "a"] of events) {
    const stream = type.startsWith("Sms") ? `sms-${sms}` : "payment-BRQ0001";
    position += 10n;
    story = tell(story, { event: { type, data } as StoryEvent, stream, position });
  }
  return view(story);
};

const wanted = (purpose = "payment_link", sms = "a", to = "+447700900123"): Sms => [
  "SmsRequested",
  { smsId: sms, registrationId: "r1", purpose, to, segments: 2 },
  sms,
];
const started = (attempt = 1, sms = "a"): Sms => ["SmsAttemptStarted", { attempt }, sms];
const accepted = (sid = "SM1", sms = "a", acceptedAt = at): Sms => [
  "SmsAccepted",
  { attempt: 1, providerMessageId: sid, acceptedAt },
  sms,
];
const reported = (status: string, sid = "SM1", more: object = {}, sms = "a"): Sms => [
  "SmsStatusReported",
  { providerMessageId: sid, status, reportedAt: at, ...more },
  sms,
];
const payment = (status: string, since = at): Sms => ["PaymentStatusChanged", { status, since, changedAt: at }];

test("sent means that Twilio has it, delivered that the parent has", () => {
  expect(after(wanted(), started())).toMatchObject({
    sms_delivery_status: "pending",
    sms_sent_at: null,
    sms_attempts: 1,
  });
  expect(after(wanted(), started(), accepted())).toMatchObject({ sms_delivery_status: "sent", sms_sent_at: at });
  expect(after(wanted(), started(), accepted(), reported("sent"))).toMatchObject({ sms_delivery_status: "sent" });
  expect(after(wanted(), started(), accepted(), reported("delivered"))).toMatchObject({
    sms_delivery_status: "delivered",
    sms_delivery_error: null,
    sms_segments: 2,
  });
});

test("a callback that comes before the answer tells as much", () => {
  expect(after(wanted(), started(), reported("delivered"))).toMatchObject({
    sms_delivery_status: "delivered",
    sms_sent_at: at,
  });
  expect(after(wanted(), started(), reported("delivered"), accepted())).toMatchObject({
    sms_delivery_status: "delivered",
  });
});

test("a late delivered wins over undelivered, over giving up, and over another attempt; nothing wins over it", () => {
  const undelivered = reported("undelivered", "SM1", { errorCode: "30003" });
  const base = [wanted(), started(), accepted(), undelivered] as const;
  expect(after(...base)).toMatchObject({
    sms_delivery_status: "undelivered",
    sms_delivery_error: "30003: the phone was off or out of reach",
  });
  expect(after(...base, reported("sent"))).toMatchObject({ sms_delivery_status: "undelivered" });
  expect(after(...base, reported("delivered"))).toMatchObject({
    sms_delivery_status: "delivered",
    sms_delivery_error: null,
  });
  expect(after(...base, ["SmsGivenUp", { code: "30003", reason: "no" }], reported("delivered"))).toMatchObject({
    sms_delivery_status: "delivered",
  });
  expect(after(...base, started(2), reported("delivered"), accepted("SM2"))).toMatchObject({
    sms_delivery_status: "delivered",
  });
  expect(after(...base, reported("delivered"), undelivered)).toMatchObject({ sms_delivery_status: "delivered" });
});

test("a failure is shown until it is tried again; then a report about the attempt before says nothing", () => {
  const undelivered = reported("undelivered", "SM1", { errorCode: "30003" });
  const retried = [wanted(), started(), accepted(), undelivered, ["SmsRetryScheduled", { code: "30003" }]] as Sms[];
  expect(after(...retried)).toMatchObject({
    sms_delivery_status: "undelivered",
    sms_delivery_error: expect.stringContaining("30003"),
  });
  expect(after(...retried, started(2))).toMatchObject({ sms_delivery_status: "pending", sms_attempts: 2 });
  expect(after(...retried, started(2), accepted("SM2"), undelivered)).toMatchObject({
    sms_delivery_status: "sent",
    sms_attempts: 2,
    sms_delivery_error: null,
  });
});

test("a refusal is a failure with its reason, and says when the number is to blame", () => {
  const refused: Sms = ["SmsRejected", { code: "21614", reason: "not a mobile", numberFault: "invalid" }];
  expect(after(wanted(), started(), refused)).toMatchObject({
    sms_delivery_status: "failed",
    sms_delivery_error: "21614: not a mobile",
    phone_needs_correction: 1,
  });
  const corrected: Sms = ["ParentPhoneCorrected", { parentPhone: "+447700900456" }];
  expect(after(wanted(), started(), refused, corrected)).toMatchObject({ phone_needs_correction: 0 });
});

test("a phone that was off may be the wrong one, and may be texted again", () => {
  const off = reported("undelivered", "SM1", { errorCode: "30003", numberFault: "unreachable" });
  const asks = { phone_needs_correction: 1, phone_refuses_texts: 0 };
  expect(after(wanted(), started(), accepted(), off)).toMatchObject(asks);
  const over: Sms = ["SmsRejected", { code: "30003", reason: "off", numberFault: "unreachable" }];
  expect(after(wanted(), started(), accepted(), off, over)).toMatchObject(asks);
  const landline = reported("undelivered", "SM1", { errorCode: "30006", numberFault: "invalid" });
  expect(after(wanted(), started(), accepted(), landline)).toMatchObject({
    phone_needs_correction: 1,
    phone_refuses_texts: 1,
  });
});

test("an opt-out asks for another number until its owner takes it back, whatever the text has met meanwhile", () => {
  const phone = "+447700900123";
  const stopped: Sms[] = [
    wanted(),
    started(),
    ["SmsRejected", { code: "21610", reason: "opted out", numberFault: "opted_out" }],
    ["PhoneOptedOut", { phone }],
  ];
  expect(after(...stopped)).toMatchObject({ sms_delivery_status: "failed", phone_needs_correction: 1 });
  expect(after(...stopped, ["PhoneOptedIn", { phone }])).toMatchObject({ phone_needs_correction: 0 });
  const given: Sms = ["SmsGivenUp", { code: "opted_out", reason: "opted out", numberFault: "opted_out" }];
  expect(after(wanted(), given, ["PhoneOptedIn", { phone }])).toMatchObject({ phone_needs_correction: 0 });
  const landline: Sms = ["SmsRejected", { code: "21614", reason: "not a mobile", numberFault: "invalid" }];
  expect(after(wanted(), landline, ["PhoneOptedIn", { phone }])).toMatchObject({ phone_needs_correction: 1 });
});

test("a refused number that comes back still asks for another, though a text to a better one is the newest", () => {
  const other = "+447700900456";
  const refused: Sms = ["SmsRejected", { code: "21614", reason: "not a mobile", numberFault: "invalid" }];
  const corrected: Sms[] = [
    wanted(),
    refused,
    ["ParentPhoneCorrected", { parentPhone: other }],
    wanted("corrected_phone", "b", other),
    accepted("SM2", "b"),
  ];
  expect(after(...corrected)).toMatchObject({ phone_needs_correction: 0 });
  expect(after(...corrected, ["ParentPhoneCorrected", { parentPhone: "+447700900123" }])).toMatchObject({
    phone_needs_correction: 1,
  });
});

test("the newest text with the link is shown; reminders and confirmations are not", () => {
  const first = [wanted(), started(), accepted(), reported("undelivered")] as Sms[];
  expect(after(...first, wanted("resend", "b"))).toMatchObject({
    sms_delivery_status: "pending",
    sms_sent_at: null,
    sms_attempts: 0,
  });
  expect(after(...first, wanted("resend", "b"), started(1, "b"), accepted("SM2", "b"))).toMatchObject({
    sms_delivery_status: "sent",
  });
  expect(after(...first, wanted("reminder", "c"), started(1, "c"), accepted("SM3", "c"))).toMatchObject({
    sms_delivery_status: "undelivered",
  });
});

test("a text that was withdrawn unsent leaves the one before in view", () => {
  const events = [
    wanted(),
    started(),
    accepted(),
    wanted("resend", "b"),
    ["SmsWithdrawn", { code: "paid" }, "b"],
  ] as Sms[];
  expect(after(...events)).toMatchObject({ sms_delivery_status: "sent", sms_attempts: 1 });
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
  const off: Sms = ["RegistrationCancelled"];
  expect(after(off)).toMatchObject({ payment_status: "cancelled" });
  expect(after(off, payment("pending"))).toMatchObject({ payment_status: "cancelled" });
  expect(after(off, payment("paid"))).toMatchObject({ payment_status: "paid" });
  expect(after(payment("paid"), off, payment("failed"))).toMatchObject({ payment_status: "cancelled" });
});

test("the first tap counts, whichever is told first", () => {
  const tap = (openedAt: string): Sms => ["PaymentLinkOpened", { openedAt }];
  expect(after(tap("2026-09-02T10:00:00.000Z"), tap(at))).toMatchObject({ link_opened_at: at });
  expect(after(tap(at), tap("2026-09-02T10:00:00.000Z"))).toMatchObject({ link_opened_at: at });
});
