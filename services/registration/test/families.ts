import { randomUUID } from "node:crypto";
import { type RegistrationEvent, smsIdOf } from "@touchline/contracts";
import { connectEventStore, type EventStore, type NewEvent } from "@touchline/event-store";

type MoneyWish = Pick<Recorded, "recordId" | "note"> & Partial<Recorded>;
type Recorded = Extract<RegistrationEvent, { type: "MoneyRecorded" }>["data"];

const DAY_MS = 86_400_000;

/** Stores what payment-link and notification would, so that a board has something to show. */
export const createWorld = (eventStoreUrl: string) => {
  const store: EventStore = connectEventStore({ url: eventStoreUrl });
  const append = async (
    stream: string,
    service: string,
    correlation: string,
    events: [type: string, data: object][],
  ) => {
    const stored = await store.read(stream);
    const metadata = { service, $correlationId: correlation };
    const wanted: NewEvent[] = events.map(([type, data]) => ({ id: randomUUID(), type, data, metadata }));
    await store.append(stream, wanted, stored.at(-1)?.revision ?? "no_stream");
  };
  const at = (daysAgo: number, minutes = 0) => new Date(Date.now() - daysAgo * DAY_MS + minutes * 60_000).toISOString();

  const register = (
    id: string,
    [firstName, lastName]: readonly [string, string],
    daysAgo = 0,
    phone = "+447700900123",
    team = "Tigers",
    more: object = {},
  ) =>
    append(`registration-${id}`, "registration", id, [
      [
        "RegistrationCompleted",
        {
          registrationId: id,
          child: { firstName, lastName },
          parent: { firstName: "Sam", lastName, email: "sam@example.org" },
          parentPhone: phone,
          team,
          ageGroup: "u10",
          season: "2627",
          preferredPaymentDay: 1,
          signingFeePence: 4500,
          monthlyFeePence: 2750,
          defaultedFees: [],
          acceptedAt: at(daysAgo),
          ...more,
        },
      ],
    ]);

  /** What an operator or a sweep did. */
  const happens = (id: string, type: string, data: object) =>
    append(`registration-${id}`, "registration", id, [[type, { registrationId: id, ...data }]]);

  const token = (id: string, billingRequestId: string, daysAgo = 0) =>
    append(`payment-${billingRequestId}`, "payment-link", id, [
      [
        "PaymentTokenCreated",
        {
          billingRequestId,
          registrationId: id,
          origin: "created",
          feePence: 4500,
          mandate: true,
          monthlyFeePence: 2750,
          preferredPaymentDay: 1,
          season: "2627",
          createdAt: at(daysAgo),
        },
      ],
    ]);

  /** `end` is Twilio's last status, with its error code, and what that says about the number. */
  const text = (
    id: string,
    billingRequestId: string,
    daysAgo: number,
    end: readonly [status: string, errorCode?: string, numberProblem?: string],
    to = "+447700900123",
  ) => {
    const smsId = smsIdOf(id, "payment_link", 0);
    const announced = { registrationId: id, attempt: 1, segments: 2, sentAt: at(daysAgo), changedAt: at(daysAgo) };
    const [status, errorCode, numberProblem] = end;
    const sid = `SM${smsId.replaceAll("-", "")}`;
    return append(`sms-${smsId}`, "notification", id, [
      [
        "SmsRequested",
        {
          smsId,
          registrationId: id,
          billingRequestId,
          purpose: "payment_link",
          count: 0,
          to,
          body: "Registration complete!",
          encoding: "GSM-7",
          segments: 2,
          requestedAt: at(daysAgo),
        },
      ],
      ["SmsAttemptStarted", { attempt: 1, attemptId: `${smsId}.1`, startedAt: at(daysAgo) }],
      ["SmsAccepted", { attempt: 1, providerMessageId: sid, via: "answer", acceptedAt: at(daysAgo) }],
      ["TextStatusChanged", { ...announced, status: "sent" }],
      [
        "SmsStatusReported",
        { providerMessageId: sid, status, ...(errorCode && { errorCode }), via: "callback", reportedAt: at(daysAgo) },
      ],
      [
        "TextStatusChanged",
        {
          ...announced,
          status,
          ...(errorCode && { failure: "number_not_in_service", code: errorCode }),
          ...(numberProblem && { numberProblem }),
        },
      ],
    ]);
  };

  /** A reply to the first text; call `world.text` before. */
  const reply = (id: string, body: string, daysAgo = 0, replyId: string = randomUUID()) =>
    append(`sms-${smsIdOf(id, "payment_link", 0)}`, "notification", id, [
      ["ReplyReceived", { registrationId: id, replyId, body, receivedAt: at(daysAgo) }],
    ]);

  const payment = (id: string, billingRequestId: string, status: string, daysAgo = 0) =>
    append(`payment-${billingRequestId}`, "payment-link", id, [
      ...(status === "paid" ? ([["PaymentLinkOpened", { billingRequestId, openedAt: at(daysAgo) }]] as const) : []).map(
        (event): [string, object] => [...event],
      ),
      [
        "PaymentStatusChanged",
        { billingRequestId, registrationId: id, status, since: at(daysAgo), changedAt: at(daysAgo) },
      ],
    ]);

  /** What payment-link says about a link. */
  const say = (id: string, billingRequestId: string, type: string, data: object) =>
    append(`payment-${billingRequestId}`, "payment-link", id, [[type, { billingRequestId, ...data }]]);

  /** What GoCardless reports about the fee. */
  const report = (id: string, billingRequestId: string, type: string, more: object = {}) => {
    const paymentId = billingRequestId.replace("BRQ", "PM");
    const reported = { occurredAt: at(0), via: "webhook", action: "reported", requestId: billingRequestId, paymentId };
    return say(id, billingRequestId, type, { ...reported, ...more });
  };

  const months = (id: string, billingRequestId: string, standing: object) =>
    say(id, billingRequestId, "MonthlyStatusChanged", {
      registrationId: id,
      mandatesGone: 1,
      changedAt: at(0),
      ...standing,
    });

  /** The owner of a number wants no texts, according to Twilio. */
  const optOut = (phone: string) =>
    append(`suppression-${randomUUID()}`, "notification", "suppression", [
      ["PhoneOptedOut", { phone, via: "inbound", optedOutAt: at(2) }],
    ]);

  /** An e-mail in place of a text; nobody knows whether it was sent. */
  const emailUnknown = (id: string, billingRequestId: string) => {
    const emailId = randomUUID();
    const wanted = { emailId, registrationId: id, billingRequestId, smsId: smsIdOf(id, "payment_link", 0) };
    const mail = { reason: "undelivered", to: "sam@example.org", subject: "Your link", body: "Pay when convenient" };
    return append(`email-${emailId}`, "notification", id, [
      ["EmailRequested", { ...wanted, ...mail, requestedAt: at(1) }],
      ["EmailAttemptStarted", { attempt: 1, startedAt: at(1) }],
      ["EmailOutcomeUnknown", { attempt: 1, code: "timeout", unknownSince: at(1) }],
    ]);
  };

  const recordOf = (more: MoneyWish) => ({ kind: "cash", amountPence: 2_000, ...more, recordedAt: at(0) });
  /** A record of money from elsewhere. */
  const money = (id: string, record: MoneyWish) =>
    append(`registration-${id}`, "registration", id, [["MoneyRecorded", { registrationId: id, ...recordOf(record) }]]);
  /** Payment-link's decision about it. */
  const moneyCounts = (id: string, billingRequestId: string, record: MoneyWish, refusal?: string) => {
    const { recordId } = record;
    return append(`payment-${billingRequestId}`, "payment-link", id, [
      refusal
        ? ["MoneyElsewhereRefused", { billingRequestId, recordId, code: refusal, refusedAt: at(0) }]
        : ["MoneyElsewhereRecorded", { billingRequestId, ...recordOf(record) }],
    ]);
  };

  const reconciled = (report: object) =>
    append("payment-reconciliation", "payment-link", "reconciliation", [
      ["ReconciliationFinished", { ...report, startedAt: at(0), finishedAt: at(0) }],
    ]);

  return {
    store,
    at,
    register,
    happens,
    optOut,
    emailUnknown,
    token,
    text,
    reply,
    payment,
    months,
    say,
    report,
    money,
    moneyCounts,
    reconciled,
    close: () => store.close(),
  };
};
