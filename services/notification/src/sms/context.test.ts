import type { PaymentEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { type Circumstances, obstacle } from "./circumstances.ts";
import { evolveLink, evolveRegistration, feesFrom, type LinkContext } from "./context.ts";

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
const became = (status: "paid" | "failed" | "charged_back", since = at): PaymentEvent => ({
  type: "PaymentStatusChanged",
  data: { ...link, registrationId: "r1", status, since, changedAt: at },
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
    behind: false,
    mandateGone: false,
    overLimit: false,
    snoozed: false,
    quiet: false,
  };
  return obstacle({ purpose, to: circumstances.phone }, circumstances, new Date(at))?.data;
};

test.each(["reminder", "resend", "reopened"] as const)(
  "when the fee is paid and only the mandate is asked for again, no %s is sent",
  (purpose) => {
    expect(obstacleTo(purpose, after(created))).toBeUndefined();
    const paid = [created, fulfilled, became("paid")];
    expect(obstacleTo(purpose, after(...paid, reopened(0)))).toMatchObject({ code: "paid" });
    expect(obstacleTo(purpose, after(...paid, became("failed"), reopened(100)))).toBeUndefined();
    // The mandate ended first, then the money went back: now a text is right.
    expect(obstacleTo(purpose, after(...paid, reopened(0), became("failed")))).toBeUndefined();
  },
);

test("a payment or mandate reported before the finished page means that the page was finished", () => {
  const confirmed: PaymentEvent = { type: "PaymentConfirmed", data: { ...reported, paymentId: "PM0001" } };
  const active: PaymentEvent = { type: "MandateActivated", data: { ...reported, mandateId: "MD0001" } };
  expect(after(created, became("paid")).pageFinished).toBeUndefined();
  for (const first of [fulfilled, confirmed, active])
    expect(after(created, first, became("paid")).pageFinished).toBe(true);
});

test("a payment that returns after a charge-back is not new; one made again is", () => {
  const paid = [created, fulfilled, became("paid")];
  const back = [...paid, became("charged_back"), reopened(100)];
  expect(after(...paid).newlyPaid).toBe(true);
  expect(after(...back).newlyPaid).toBe(false);
  expect(after(...back, became("paid")).newlyPaid).toBe(false);
  expect(after(...back, became("paid", "2026-10-01T10:00:00.000Z")).newlyPaid).toBe(true);
});

test("a family's fees mention only the days still to come", () => {
  const link = {
    ...after(created),
    feePence: 4_500,
    monthly: { pence: 2_750, from: "2026-09-15", until: "2027-05-15" },
  };
  expect(feesFrom("2026-09-01", link)).toBe(
    "£45 once, then £27.50 a month from 15 September to 15 May by Direct Debit",
  );
  expect(feesFrom("2026-12-01", link)).toBe("£45 once, then £27.50 a month until 15 May by Direct Debit");
  expect(feesFrom("2027-05-20", link)).toBe("£45 once");
});

test("an amended monthly fee or payment day is in the words from then on; none if nothing more is collected", () => {
  const data = { ...link, monthlyFeePence: 2_000, preferredPaymentDay: 15, count: 1, amendedAt: at };
  const days = { monthlyFrom: "2026-09-15", monthlyUntil: "2027-05-15" };
  const amended: PaymentEvent = { type: "PaymentLinkAmended", data: { ...data, ...days } };
  expect(feesFrom("2026-09-01", after(created, amended))).toBe(
    "£1 once, then £20 a month from 15 September to 15 May by Direct Debit",
  );
  expect(feesFrom("2026-09-01", after(created, amended, { type: "PaymentLinkAmended", data }))).toBe("£1 once");
});

test("events of a later version change nothing", () => {
  const known = evolveLink(undefined, created);
  expect(known).toBeDefined();
  expect(evolveLink(known, { type: "PaymentPraised", data: { ...link, status: "paid" } } as never)).toBe(known);
  const registration = {
    childFirstName: "Ann",
    phone: "+447700900123",
    acceptedAt: at,
    cancelled: false,
    erased: false,
  };
  const before = { ...registration, corrections: 0, resends: 0, askedReminders: 0 };
  expect(evolveRegistration(before, { type: "RegistrationPraised", data: { count: 3 } } as never)).toBe(before);
  expect(evolveRegistration(undefined, { type: "RegistrationPraised", data: {} } as never)).toBeUndefined();
});

test("later texts have the child's amended name", () => {
  const before = {
    childFirstName: "Zoe",
    phone: "+447700900123",
    acceptedAt: at,
    cancelled: false,
    erased: false,
    corrections: 0,
    resends: 0,
    askedReminders: 0,
  };
  const amended = (changes: { team?: string; child?: { firstName: string; lastName: string } }) =>
    evolveRegistration(before, {
      type: "RegistrationAmended",
      data: { registrationId: "r1", changes, count: 1, amendedAt: at },
    });
  expect(amended({ child: { firstName: "Zoë", lastName: "O'Neill" } })).toEqual({ ...before, childFirstName: "Zoë" });
  expect(amended({ team: "Lions" })).toEqual(before);
});
