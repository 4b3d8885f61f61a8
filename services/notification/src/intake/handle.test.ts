import type { TextPurpose } from "@touchline/contracts";
import { storedEvent } from "@touchline/testing";
import { describe, expect, test } from "vitest";
import type { Facts } from "../dispatch/facts.ts";
import type { LoggedText } from "../dispatch/texts.ts";
import type { LinkContext } from "../sms/context.ts";
import type { Wanted } from "./compose.ts";
import { createIntake, createTextCatchUp, textNewNumber } from "./handle.ts";

const LINK: LinkContext = {
  registrationId: "r-1",
  status: "paid",
  owed: false,
  requestId: "BRQ0001",
  reopenings: 0,
  feePence: 4_500,
  monthly: { pence: 2_750, from: "2026-10-01", until: "2027-05-01" },
  newlyPaid: true,
  pageFinished: true,
  monthsAsked: [],
  behind: false,
  mandateGone: false,
  mandatesGone: 0,
};

/** The texts asked for after an event, given the link. */
const wantedAfter = async (type: string, data: object, link: Partial<LinkContext>, now: string) => {
  const wanted: Wanted[] = [];
  const handle = createTextCatchUp({
    facts: { link: async () => ({ ...LINK, ...link }) } as unknown as Facts,
    request: async (one) => {
      wanted.push(one);
      return "requested";
    },
    applyWish: () => Promise.reject(new Error("No wishes in this test.")),
    eraseTexts: () => Promise.reject(new Error("No erasures in this test.")),
    confirmation: true,
    mandateGone: true,
    now: () => new Date(now),
  });
  const about = { registrationId: "r-1", billingRequestId: "BRQ0001" };
  await handle(storedEvent("payment-BRQ0001", type, { ...about, ...data }, { created: new Date(now) }));
  return wanted;
};

const confirmed = (since: string, now: string, link: Partial<LinkContext> = {}) =>
  wantedAfter("PaymentStatusChanged", { status: "paid", since }, link, now);

test("a payment is confirmed at once, even at night, with what the family pays", async () => {
  const [text] = await confirmed("2026-09-20T22:30:00.000Z", "2026-09-20T22:30:05.000Z");
  expect(text).toMatchObject({
    purpose: "confirmation",
    fees: "£45 once, then £27.50 a month until 1 May by Direct Debit",
  });
  expect(text?.notBefore).toBeUndefined();
});

test("a confirmation names no first collection for which the bank may be too slow", async () => {
  const fees = async (at: string) => (await confirmed(at, at))[0]?.fees;
  expect(await fees("2026-09-16T12:00:00.000Z")).toContain("from 1 October to 1 May");
  expect(await fees("2026-09-18T12:00:00.000Z")).toBe("£45 once, then £27.50 a month until 1 May by Direct Debit");
});

test("if we learn at night of yesterday's payment, it is confirmed in the morning", async () => {
  const [text] = await confirmed("2026-09-20T15:00:00.000Z", "2026-09-21T01:30:00.000Z");
  expect(text?.notBefore).toEqual(new Date("2026-09-21T07:00:00.000Z"));
});

test("winning a charge-back sends no second confirmation", async () => {
  const won = { reopenings: 1, newlyPaid: false };
  expect(await confirmed("2026-09-20T15:00:00.000Z", "2026-10-21T12:00:00.000Z", won)).toEqual([]);
});

test("nobody is texted about a payment or reversal that we learn of after a week", async () => {
  const [then, now] = ["2026-10-13T12:00:00.000Z", "2026-10-21T12:00:00.000Z"];
  expect(await confirmed(then, now)).toEqual([]);
  const again = (statusSince: string) =>
    wantedAfter("PaymentLinkReopened", { feePence: 2_500, count: 1 }, { status: "failed", statusSince }, now);
  expect(await again(then)).toEqual([]);
  expect(await again("2026-10-15T12:00:00.000Z")).toHaveLength(1);
});

test("a parent who is asked again sees why and how much", async () => {
  const now = "2026-10-21T12:00:00.000Z";
  const again = { feePence: 2_500, count: 1 };
  for (const status of ["charged_back", "failed", "pending"] as const) {
    const [text] = await wantedAfter("PaymentLinkReopened", again, { status }, now);
    expect(text).toMatchObject({ why: status, rest: "£25" });
  }
  // The club has agreed it with the parent.
  expect(await wantedAfter("PaymentLinkReopened", { ...again, amended: true }, { status: "pending" }, now)).toEqual([]);
});

test("a parent who paid in cash is asked for the Direct Debit; one who has been to GoCardless is not", async () => {
  const now = "2026-09-20T18:00:00.000Z";
  const [cash] = await confirmed(now, now, { pageFinished: false });
  const [link] = await confirmed(now, now);
  expect([cash?.asksMandate, link?.asksMandate]).toEqual([true, false]);
});

describe("a missed month", () => {
  const now = "2026-10-08T12:00:00.000Z";
  const missed = { feePence: 0, months: ["PM7"], monthsPence: 2_750, missedAt: "2026-10-07T05:30:00.000Z", count: 1 };
  const after = (data: object, link: Partial<LinkContext> = {}) =>
    wantedAfter("PaymentLinkReopened", { ...missed, ...data }, link, now);

  test("is texted once, however often the link asks for it again", async () => {
    expect(await after({})).toMatchObject([{ purpose: "month_missed", count: 1 }]);
    expect(await after({ count: 2 }, { monthsAsked: ["PM7"] })).toEqual([]);
    expect(await after({ count: 2, months: ["PM7", "PM8"] }, { monthsAsked: ["PM7"] })).toHaveLength(1);
  });

  test("is not texted if we learn of it late; nor is a mandate alone", async () => {
    expect(await after({ missedAt: "2026-09-30T12:00:00.000Z" })).toEqual([]);
    expect(await after({ months: undefined, missedAt: undefined })).toEqual([]);
  });
});

describe("a mandate that ended", () => {
  const now = "2026-10-08T12:00:00.000Z";
  const gone = { mandate: "gone", mandatesGone: 2, mandateGoneAt: "2026-10-07T05:30:00.000Z", behindPence: 0 };
  const after = (data: object) => wantedAfter("MonthlyStatusChanged", { ...gone, ...data }, {}, now);

  test("is texted each time one ends", async () => {
    expect(await after({})).toMatchObject([{ purpose: "mandate_gone", count: 2 }]);
    expect(await after({ mandate: "active" })).toEqual([]);
  });

  test("is part of a missed month's text, and is not texted after a week", async () => {
    expect(await after({ behindPence: 2_750 })).toEqual([]);
    expect(await after({ mandateGoneAt: "2026-09-30T12:00:00.000Z" })).toEqual([]);
  });
});

describe("a corrected number", () => {
  const [OLD, NEW] = ["+447700900001", "+447700900002"];
  const REGISTRATION = {
    childFirstName: "Ann",
    phone: NEW,
    acceptedAt: "2026-09-01T12:00:00.000Z",
    cancelled: false,
    erased: false,
    corrections: 1,
    resends: 0,
    askedReminders: 0,
  };
  const textTo = (to: string, purpose: TextPurpose, requestedAt: string, more: Partial<LoggedText> = {}) =>
    ({
      purpose,
      count: 1,
      to,
      requestedAt,
      status: "delivered",
      billingRequestId: "BRQ0001",
      registrationId: "r-1",
      ...more,
    }) as LoggedText;
  const first = textTo(OLD, "payment_link", "2026-09-01T12:00:00.000Z", { count: 0 });

  /** The texts asked for when the number is corrected, given the link and the texts so far. */
  const corrected = async (link: Partial<LinkContext>, ...texts: readonly LoggedText[]) => {
    const wanted: Wanted[] = [];
    const all = [first, ...texts];
    const facts: Partial<Facts> = {
      registration: async () => REGISTRATION,
      link: async () => ({ ...LINK, statusSince: "2026-10-08T00:30:00.000Z", ...link }),
      text: async (_id, purpose, count) => all.find((t) => t.purpose === purpose && t.count === count),
      texts: async () => all.filter(({ purpose }) => purpose !== "confirmation"),
    };
    const request = async (one: Wanted) => {
      wanted.push(one);
      return "requested" as const;
    };
    await textNewNumber(facts as Facts, request, first, { id: "e-1" });
    return wanted;
  };

  test("is asked for what is still owed", async () => {
    const asked = { purpose: "corrected_phone", count: 1 };
    expect(await corrected({ status: "pending", owed: true })).toEqual([expect.objectContaining(asked)]);
    expect((await corrected({ status: "pending", owed: true }))[0]?.about).toBeUndefined();
    expect(await corrected({ behind: true })).toMatchObject([{ ...asked, about: "month_missed" }]);
    expect(await corrected({ behind: true, owed: true })).toEqual([
      expect.not.objectContaining({ about: "month_missed" }),
    ]);
    expect(await corrected({ mandateGone: true })).toMatchObject([{ ...asked, about: "mandate_gone" }]);
  });

  test("is not asked twice, but a text from before months were missed does not count", async () => {
    const link = { behind: true };
    const missed = textTo(OLD, "month_missed", "2026-10-08T03:00:00.000Z", { status: "ready" });
    expect(await corrected(link, textTo(NEW, "resend", "2026-09-02T12:00:00.000Z"), missed)).toHaveLength(1);
    expect(await corrected(link, missed, textTo(NEW, "corrected_phone", "2026-10-08T11:00:00.000Z"))).toEqual([]);
    expect(await corrected({ owed: true }, textTo(NEW, "resend", "2026-09-02T12:00:00.000Z"))).toEqual([]);
  });

  test("gets the confirmation that still waits for the morning, as late as it was meant", async () => {
    const notBefore = "2026-10-08T07:00:00.000Z";
    const waiting = textTo(OLD, "confirmation", "2026-10-08T00:31:00.000Z", { count: 0, status: "ready", notBefore });
    const words = { fees: "£45 once, then £27.50 a month until 1 May by Direct Debit", asksMandate: false };
    expect(await corrected({}, waiting)).toMatchObject([
      { purpose: "corrected_phone", about: "confirmation", notBefore: new Date(notBefore), ...words },
    ]);
    expect(await corrected({}, { ...waiting, status: "delivered" })).toMatchObject([{ purpose: "corrected_phone" }]);
    expect((await corrected({}, { ...waiting, status: "delivered" }))[0]?.about).toBeUndefined();
  });
});

describe("a text that somebody asks for", () => {
  const NOW = "2026-09-20T12:00:00Z";
  const FIRST_AT = 5n;

  /** The texts asked for. The first text was requested at position 5 of the log. */
  const wantedFor = async (
    type: "ReminderRequested" | "PaymentLinkResendRequested",
    created: string,
    position = 6n,
  ) => {
    const wanted: Wanted[] = [];
    const handle = createTextCatchUp({
      facts: {
        text: async () => ({ billingRequestId: "BRQ0001", position: FIRST_AT }),
        registration: async () => ({ phone: "+447700900123" }),
        link: async () => LINK,
        texts: async () => [],
      } as unknown as Facts,
      request: async (one) => {
        wanted.push(one);
        return "requested";
      },
      eraseTexts: () => Promise.reject(new Error("No erasures in this test.")),
      applyWish: () => Promise.reject(new Error("No wishes in this test.")),
      confirmation: true,
      mandateGone: true,
      now: () => new Date(NOW),
    });
    const data = { registrationId: "r-1", count: 2 };
    await handle(storedEvent("registration-r-1", type, data, { created: new Date(created), position }));
    return wanted;
  };

  test.each([
    ["ReminderRequested", "asked_reminder"],
    ["PaymentLinkResendRequested", "resend"],
  ] as const)("%s: it has the first text's link, and is dropped after two days", async (type, purpose) => {
    const about = { registrationId: "r-1", billingRequestId: "BRQ0001", purpose, count: 2 };
    expect(await wantedFor(type, "2026-09-20T11:59:59Z")).toEqual([about]);
    expect(await wantedFor(type, "2026-09-18T11:59:59Z")).toEqual([]);
  });

  test.each(["ReminderRequested", "PaymentLinkResendRequested"] as const)(
    "%s: the first text is the answer if it was requested afterwards",
    async (type) => {
      expect(await wantedFor(type, "2026-09-20T11:59:00Z", FIRST_AT - 1n)).toEqual([]);
    },
  );
});

test.each(["registration", "payment", "sms", "suppression", "store", "team"])(
  "a message of a later version about a %s is skipped, whatever its data",
  async (category) => {
    const options = new Proxy({} as Parameters<typeof createIntake>[0], {
      get: () => expect.unreachable("It must ask for nothing."),
    });
    const delivery = { subject: `events.${category}.PitchWatered`, data: Buffer.from("[]"), header: () => undefined };
    expect(await createIntake(options)(delivery as never)).toBe("done");
  },
);
