import type { SmsEvent } from "@touchline/contracts";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { changingColumns } from "./columns.ts";
import { applyEvent, firstFacts } from "./facts.ts";

const at = "2026-09-01T10:00:00.000Z";
const phone = "+447700900123";
const completed = completedData({ season: "2526", signingFeePence: 100, monthlyFeePence: 100 });

type Given = [type: string, data?: object, sms?: string];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

/** The columns after these events; texts are `sms-a` unless said. */
const after = (...events: Given[]) =>
  changingColumns(
    events
      .map(([type, data = {}, sms = "a"], i) => {
        const isText = type.startsWith("Sms") || type.startsWith("Text");
        const stream = type.startsWith("Email") ? `email-${sms}` : isText ? `sms-${sms}` : "payment-BRQ0001";
        return storedEvent(stream, type, data, { position: BigInt(i + 1) * 10n });
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

test("a refused number needs a new one; an unreachable one may also be texted again", () => {
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

test("an opt-out asks for another number until its owner withdraws it, whatever happened to the text", () => {
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

test("the newest text with the link is shown, and reminders and confirmations are not", () => {
  const first = [wanted(), text("undelivered", off)];
  expect(after(...first, wanted("resend", "b"))).toMatchObject({ sms_delivery_status: "pending", sms_attempts: 0 });
  expect(after(...first, wanted("resend", "b"), text("sent", {}, "b"))).toMatchObject({ sms_delivery_status: "sent" });
  expect(after(...first, wanted("reminder", "c"), text("sent", {}, "c"))).toMatchObject({
    sms_delivery_status: "undelivered",
  });
});

test("a withdrawn text reveals the one before, or keeps the status that it had", () => {
  const withdrawn = text("withdrawn", {}, "b");
  expect(after(wanted(), text("sent"), wanted("resend", "b"), withdrawn)).toMatchObject({
    sms_delivery_status: "sent",
    sms_attempts: 1,
  });
  const alone = [wanted("payment_link", "b"), text("undelivered", off, "b")];
  expect(after(...alone, text("withdrawn", { numberProblem: "unreachable" }, "b"))).toEqual(after(...alone));
  expect(after(...alone, withdrawn, text("delivered", {}, "b"))).toMatchObject({ sms_delivery_status: "delivered" });
});

test("a family is unreached from the first failure on, until a text arrives", () => {
  const [first, second] = ["2026-09-01T10:00:00.000Z", "2026-09-02T10:00:00.000Z"];
  const failing = (changedAt: string, sms = "a") => text("undelivered", { ...off, changedAt }, sms);
  const again = [wanted(), failing(first), wanted("resend", "b")];
  expect(after(wanted(), failing(first), failing(second))).toMatchObject({ unreached_since: first });
  expect(after(...again)).toMatchObject({ unreached_since: null });
  expect(after(...again, failing(second, "b"))).toMatchObject({ unreached_since: first });
  const arrived = [...again, text("delivered", {}, "b"), wanted("resend", "c")];
  expect(after(...arrived)).toMatchObject({ unreached_since: null });
  expect(after(...arrived, failing(second, "c"))).toMatchObject({ unreached_since: second });
  expect(after(wanted(), failing(first), ["ParentPhoneCorrected", { parentPhone: "+447700900456" }])).toMatchObject({
    unreached_since: null,
  });
});

test("what the chat can do next follows from the row, and from how often the link was texted again", () => {
  const actionsAfter = (...events: Given[]) => JSON.parse(after(...events).next_actions);
  const resent: Given = ["PaymentLinkResendRequested", { count: 1, requestedAt: at }];
  expect(actionsAfter(wanted(), text("undelivered"))).toEqual([{ action: "offer_resend" }]);
  expect(actionsAfter(wanted(), text("undelivered"), resent)).toEqual([
    { action: "wait_until", until: "2026-09-01T10:01:00.000Z" },
    { action: "offer_resend" },
  ]);
});

test("paid is not final, and a cancellation hides neither money received nor a waiver", () => {
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
  expect(after(cancelled, payment("paid"))).toMatchObject({ payment_status: "paid", cancelled: 1 });
  for (const status of ["refunded", "waived"])
    expect(after(payment(status), cancelled)).toMatchObject({ payment_status: status, paid_at: null, cancelled: 1 });
  expect(after(payment("paid"), cancelled, payment("failed"))).toMatchObject({ payment_status: "cancelled" });
});

test("the first tap counts, in whichever order taps are stored", () => {
  const tap = (openedAt: string): Given => ["PaymentLinkOpened", { openedAt }];
  expect(after(tap("2026-09-02T10:00:00.000Z"), tap(at))).toMatchObject({ link_opened_at: at });
  expect(after(tap(at), tap("2026-09-02T10:00:00.000Z"))).toMatchObject({ link_opened_at: at });
});

test("missed months are shown until they are settled, and so are refunds of the fee", () => {
  const months = (behindPence: number, mandate: string): Given => [
    "MonthlyStatusChanged",
    { behindPence, monthsMissed: behindPence > 0 ? 1 : 0, mandate, mandatesGone: 1, paidTwicePence: 0 },
  ];
  expect(after(payment("paid"))).toMatchObject({ behind_pence: 0, mandate_status: "", amount_refunded_pence: 0 });
  const behind = [payment("paid"), months(2_750, "gone")];
  expect(after(...behind)).toMatchObject({ behind_pence: 2_750, months_missed: 1, mandate_status: "gone" });
  expect(after(...behind, months(0, "active"))).toMatchObject({ behind_pence: 0, mandate_status: "active" });
  const refunded: Given = ["PaymentStatusChanged", { status: "refunded", since: at, amountRefundedPence: 4_500 }];
  expect(after(payment("paid"), refunded, ["RegistrationCancelled"])).toMatchObject({
    payment_status: "refunded",
    paid_at: null,
    amount_refunded_pence: 4_500,
  });
});

test("a failed refund or record of money is shown until another is asked for", () => {
  const asked = (id: string): Given => ["RefundRequested", { refundRequestId: id }];
  const refused: Given = ["RefundRefused", { refundRequestId: "w1", code: "payment_odd", reason: "no such thing" }];
  const made = (id: string | undefined, refundId: string): Given => [
    "RefundCreated",
    { refundRequestId: id, refundId },
  ];
  const back = (refundId: string): Given => ["RefundReturned", { refundId }];
  const error = (...events: Given[]) => after(...events).money_error;
  const why = "The refund was not made: GoCardless refused it (payment_odd: no such thing)";
  const notHad = "The refund did not reach the payer: the money stays with the club";
  expect(error(asked("w1"))).toBeNull();
  expect(error(refused)).toBe(why);
  expect(error(asked("w1"), refused)).toBe(why);
  expect(error(refused, asked("w2"))).toBeNull();
  // The answer about another one is late.
  expect(error(asked("w2"), asked("w1"), refused, made("w2", "RF2"))).toBe(why);
  expect(error(asked("w1"), made(undefined, "RF1"), made("w1", "RF1"), made(undefined, "RF1"))).toBeNull();
  expect(error(made(undefined, "RF1"), back("RF1"))).toBe(notHad);
  expect(error(asked("w1"), back("RF1"), made("w1", "RF1"))).toBe(notHad);
  expect(
    error(
      ["MoneyElsewhereRequested", { recordId: "w1" }],
      ["MoneyElsewhereRefused", { recordId: "w1", code: "more_than_owed" }],
    ),
  ).toBe("The record of money does not count: it is more than is still owed");
  // A record and a wish may have the same id.
  expect(error(refused, ["MoneyElsewhereRequested", { recordId: "w1" }])).toBeNull();
});

test("a refused subscription is shown until something else is asked for, and while GoCardless is asked to collect", () => {
  const refused: Given = [
    "SubscriptionRefused",
    { mandateId: "MD1", code: "validation_failed", reason: "start_date is too late", refusedAt: at },
  ];
  const shown = (...events: Given[]) => {
    const { subscription_error: error, subscription_refused_at: since } = after(...events);
    return error === null && since === null ? undefined : [error, since];
  };
  const mandate = (word: string): Given => ["MonthlyStatusChanged", { mandate: word }];
  const known = ["validation_failed: start_date is too late", at];
  for (const status of ["paid", "waived"]) expect(shown(payment(status), refused)).toEqual(known);
  expect(shown(payment("paid"), refused, mandate("active"))).toEqual(known);
  for (const type of ["SubscriptionCreated", "SubscriptionAmended", "SubscriptionEnded", "PaymentLinkAmended"]) {
    expect(shown(payment("paid"), refused, [type])).toBeUndefined();
    expect(shown(payment("paid"), refused, [type], refused)).toEqual(known);
  }
  // The fee is asked for first, or the Direct Debit.
  for (const status of ["pending", "failed", "charged_back", "refunded"])
    expect(shown(payment(status), refused)).toBeUndefined();
  expect(shown(payment("paid"), refused, payment("failed"), payment("paid"))).toEqual(known);
  expect(shown(payment("paid"), refused, mandate("gone"))).toBeUndefined();
  expect(shown(payment("paid"), refused, ["RegistrationCancelled"])).toBeUndefined();
});

test("what the club does about a family is shown until it is undone", () => {
  const suspended: Given = ["RegistrationSuspended", { registrationId: "r1", suspendedAt: at }];
  const note = (noteId: string): Given => [
    "NoteAdded",
    { registrationId: "r1", noteId, text: "pays on Friday", addedAt: at },
  ];
  expect(after(suspended, note("n1"), note("n2"), note("n1"))).toMatchObject({ suspended_at: at, notes: 2 });
  expect(
    after(suspended, ["RegistrationReinstated", { reason: "paid", reinstatedAt: at }], note("n1"), [
      "NoteRemoved",
      { noteId: "n1" },
    ]),
  ).toMatchObject({ suspended_at: null, reinstated_at: at, notes: 0 });
  expect(after(suspended, ["RegistrationReinstated", { reinstatedAt: at }], suspended)).toMatchObject({
    suspended_at: at,
    reinstated_at: null,
  });
  expect(after(["RegistrationSnoozed", { until: "season" }])).toMatchObject({ snoozed_until: "season" });
});

test("a reply waits for a human until it has been dealt with, and is counted once", () => {
  const reply = (replyId: string, receivedAt: string): Given => [
    "ReplyReceived",
    { replyId, body: "who is this?", receivedAt },
  ];
  const later = "2026-09-02T10:00:00.000Z";
  expect(after(reply("SM2", later), reply("SM1", at))).toMatchObject({ replied_at: later });
  expect(after(reply("SM1", at), ["RepliesHandled", { upTo: at }], reply("SM1", at))).toMatchObject({
    replied_at: null,
  });
  expect(after(reply("SM1", at), ["RepliesHandled", { upTo: at }], reply("SM2", later))).toMatchObject({
    replied_at: later,
  });
});

test("replies and their handling give the same row in any order, and when repeated", () => {
  const reply = (replyId: string, receivedAt: string): Given => [
    "ReplyReceived",
    { replyId, body: "who is this?", receivedAt },
  ];
  const handled = (upTo: string): Given => ["RepliesHandled", { upTo }];
  const [first, second] = [at, "2026-09-02T10:00:00.000Z"];
  const events = [reply("SM1", first), reply("SM2", second), handled(first), handled(second)];
  fc.assert(
    fc.property(fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events), (order, again) => {
      expect(after(...order, ...again)).toMatchObject({ replied_at: null });
    }),
  );
});

test("a possible duplicate is held until it is released", () => {
  const held = firstFacts({ ...completed, possibleDuplicateOf: "r0" }, false);
  expect(changingColumns(held)).toMatchObject({ held_for: "r0" });
  const released = storedEvent("registration-r1", "RegistrationReleased", { registrationId: "r1" }, {});
  expect(changingColumns(applyEvent(held, released))).toMatchObject({ held_for: null });
});

test("the newest e-mail that was not withdrawn is shown", () => {
  const asked = (id: string): Given => ["EmailRequested", { registrationId: "r1" }, id];
  expect(after(wanted())).toMatchObject({ email_status: null });
  expect(after(asked("a"), ["EmailDeferred", {}, "a"])).toMatchObject({ email_status: "pending" });
  expect(after(asked("a"), ["EmailSent", {}, "a"])).toMatchObject({ email_status: "sent" });
  const two = [asked("a"), asked("b"), ["EmailOutcomeUnknown", {}, "b"], ["EmailSent", {}, "a"]] satisfies Given[];
  expect(after(...two)).toMatchObject({ email_status: "unknown" });
  expect(after(asked("a"), ["EmailRefused", {}, "a"], asked("b"), ["EmailWithdrawn", {}, "b"])).toMatchObject({
    email_status: "refused",
  });
});
