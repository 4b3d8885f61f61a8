import type { PaymentEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { type Circumstances, obstacle } from "./circumstances.ts";
import { evolveLink, type LinkContext } from "./context.ts";

const at = "2026-09-01T10:00:00.000Z";
const link = { billingRequestId: "BRQ0001" };
const reported = { ...link, occurredAt: at, via: "webhook", action: "x" } as const;

const created: PaymentEvent = {
  type: "PaymentTokenCreated",
  data: {
    ...link,
    registrationId: "r1",
    origin: "created",
    feePence: 100,
    mandate: true,
    monthlyFeePence: 100,
    preferredPaymentDay: 1,
    season: "2627",
    createdAt: at,
  },
};
const fulfilled: PaymentEvent = { type: "PaymentFulfilled", data: { ...reported, requestId: "BRQ0001" } };
const became = (status: "paid" | "failed"): PaymentEvent => ({
  type: "PaymentStatusChanged",
  data: { ...link, registrationId: "r1", status, since: at, changedAt: at },
});
const reopened = (feePence: number): PaymentEvent => ({
  type: "PaymentLinkReopened",
  data: {
    ...link,
    registrationId: "r1",
    requestId: "BRQ0002",
    replaces: "BRQ0001",
    count: 1,
    feePence,
    mandate: true,
    reopenedAt: at,
  },
});

const after = (...events: PaymentEvent[]) =>
  events.reduce<LinkContext | undefined>(evolveLink, undefined) as LinkContext;

const obstacleTo = (purpose: "reminder" | "resend" | "reopened", { status, owed }: LinkContext) => {
  const circumstances: Circumstances = {
    phone: "+447700900123",
    registrationCancelled: false,
    payment: status,
    owed,
    optedOut: false,
    refusedNumbers: [],
    anotherWaits: false,
    anotherWent: false,
    anotherFirst: false,
    overLimit: false,
    quiet: false,
  };
  return obstacle({ purpose, to: circumstances.phone }, circumstances, new Date(at))?.data;
};

test.each(["reminder", "resend", "reopened"] as const)(
  "where the fee is paid and only the mandate is asked for again, no %s says that it is not",
  (purpose) => {
    expect(obstacleTo(purpose, after(created))).toBeUndefined();
    const paid = [created, fulfilled, became("paid")];
    expect(obstacleTo(purpose, after(...paid, reopened(0)))).toMatchObject({ code: "paid" });
    expect(obstacleTo(purpose, after(...paid, became("failed"), reopened(100)))).toBeUndefined();
    // The mandate ended first, and then the money went: now there is something to say.
    expect(obstacleTo(purpose, after(...paid, reopened(0), became("failed")))).toBeUndefined();
  },
);
