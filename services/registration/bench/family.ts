import { createHash } from "node:crypto";

const at = "2026-09-01T10:00:00.000Z";

/** A UUID that is always the same for the same number. */
const uuid = (n: number): string => {
  const hex = createHash("sha256").update(String(n)).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export interface Stream {
  readonly stream: string;
  readonly events: readonly (readonly [type: string, data: object])[];
}

/** The usual history of one family up to its first month, 17 events in three streams. */
export const family = (n: number): Stream[] => {
  const registrationId = uuid(n);
  const smsId = uuid(n + 1e9);
  const billingRequestId = `BRQ${String(n).padStart(8, "0")}`;
  const parentPhone = `+447700${String(900_000 + (n % 1_000))}`;
  const sid = `SM${registrationId.replaceAll("-", "")}`;
  const link = { billingRequestId };
  const reported = (type: string, paymentId: string, more: object = {}) =>
    [
      type,
      {
        ...link,
        paymentId,
        providerEventId: `EV${type}${n}`,
        occurredAt: at,
        via: "webhook",
        action: "reported",
        ...more,
      },
    ] as const;
  const month = (type: string, more?: object) => reported(type, `PMM${n}`, more);
  return [
    {
      stream: `registration-${registrationId}`,
      events: [
        [
          "RegistrationCompleted",
          {
            registrationId,
            child: { firstName: "Zoë", lastName: "O'Neill" },
            parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
            parentPhone,
            team: "Tigers",
            ageGroup: "u10",
            season: "2526",
            preferredPaymentDay: 1,
            signingFeePence: 4500,
            monthlyFeePence: 2750,
            defaultedFees: [],
            acceptedAt: at,
          },
        ],
      ],
    },
    {
      stream: `payment-${billingRequestId}`,
      events: [
        [
          "PaymentTokenCreated",
          {
            ...link,
            registrationId,
            origin: "created",
            feePence: 4500,
            mandate: true,
            monthlyFeePence: 2750,
            preferredPaymentDay: 1,
            season: "2526",
            createdAt: at,
          },
        ],
        ["PaymentFlowCreated", { ...link, requestId: billingRequestId, flowId: `BRF${n}`, createdAt: at }],
        ["PaymentLinkOpened", { ...link, openedAt: at }],
        [
          "PaymentFulfilled",
          {
            ...link,
            requestId: billingRequestId,
            providerEventId: `EV${n}`,
            occurredAt: at,
            via: "webhook",
            action: "fulfilled",
            paymentId: `PM${n}`,
            mandateId: `MD${n}`,
          },
        ],
        ["PaymentStatusChanged", { ...link, registrationId, status: "paid", since: at, changedAt: at }],
        reported("PaymentConfirmed", `PM${n}`),
        [
          "SubscriptionCreated",
          {
            ...link,
            subscriptionId: `SB${n}`,
            mandateId: `MD${n}`,
            amountPence: 2750,
            dayOfMonth: 1,
            startDate: "2026-10-01",
            payments: 8,
            createdAt: at,
          },
        ],
        month("MonthlyPaymentCreated", { subscriptionId: `SB${n}` }),
        month("MonthlyPaymentDated", { amountPence: 2750, chargeDate: "2026-10-01" }),
        month("MonthlyPaymentSubmitted"),
        month("MonthlyPaymentCollected"),
        month("MonthlyPaymentPaidOut"),
      ],
    },
    {
      stream: `sms-${smsId}`,
      events: [
        [
          "SmsRequested",
          {
            smsId,
            registrationId,
            billingRequestId,
            purpose: "payment_link",
            count: 0,
            to: parentPhone,
            body: `Registration complete for Zoë! Pay when convenient: https://club.example/reg_setup/${billingRequestId} Registration not complete until payment made.`,
            encoding: "UCS-2",
            segments: 3,
            requestedAt: at,
          },
        ],
        ["SmsAttemptStarted", { attempt: 1, attemptId: smsId, startedAt: at }],
        ["SmsAccepted", { attempt: 1, providerMessageId: sid, segments: 3, via: "answer", acceptedAt: at }],
        ["SmsStatusReported", { providerMessageId: sid, status: "delivered", via: "callback", reportedAt: at }],
      ],
    },
  ];
};
