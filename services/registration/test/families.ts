import { randomUUID } from "node:crypto";
import { smsIdOf } from "@touchline/contracts";
import { connectEventStore, type EventStore, type NewEvent } from "@touchline/event-store";

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
  ) =>
    append(`registration-${id}`, "registration", id, [
      [
        "RegistrationCompleted",
        {
          registrationId: id,
          child: { firstName, lastName },
          parent: { firstName: "Sam", lastName, email: "sam@example.org" },
          parentPhone: phone,
          team: "Tigers",
          ageGroup: "u10",
          season: "2627",
          preferredPaymentDay: 1,
          signingFeePence: 4500,
          monthlyFeePence: 2750,
          defaultedFees: [],
          acceptedAt: at(daysAgo),
        },
      ],
    ]);

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

  /** `end` is Twilio's last word, with its error code. */
  const text = (id: string, billingRequestId: string, daysAgo: number, end: readonly [string, string?]) => {
    const smsId = smsIdOf(id, "payment_link", 0);
    const announced = { registrationId: id, attempt: 1, segments: 2, sentAt: at(daysAgo), changedAt: at(daysAgo) };
    const [status, errorCode] = end;
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
          to: "+447700900123",
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
        { ...announced, status, ...(errorCode && { failure: "number_not_in_service", code: errorCode }) },
      ],
    ]);
  };

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

  return { store, register, token, text, payment, close: () => store.close() };
};
