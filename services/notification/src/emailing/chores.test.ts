import { DatabaseSync } from "node:sqlite";
import {
  type EmailEvent,
  type EmailReason,
  type EmailRound,
  emailIdOf,
  smsIdOf,
  type TextPurpose,
} from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import type { Mail, MailOutcome } from "@touchline/mail";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { createFacts } from "../dispatch/facts.ts";
import { createTexts } from "../dispatch/texts.ts";
import { emailsProjection } from "../projections/emails.ts";
import { suppressionList } from "../suppression/list.ts";
import { twilioWords } from "../twilio/words.ts";
import { createEmailChores } from "./chores.ts";

const START = Date.parse("2026-03-02T12:00:00.000Z");
const HOUR = 3_600_000;
const LINK = "BRQ0001ABC";
const PHONE = "+447700900123";
const FIRST = smsIdOf("r1", "payment_link", 0);

type Data = Readonly<Record<string, unknown>>;

/** A family whose text was requested, with the store, a mail server and a clock. */
const world = async (outcomes: MailOutcome[] = []) => {
  const clock = { ms: START };
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const append = async (stream: string, type: string, data: Data) => {
    const revision = (await store.read(stream)).at(-1)?.revision ?? "no_stream";
    await store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: { service: "test" } }], revision);
  };
  const register = (type: string, data: Data = {}) =>
    append("registration-r1", type, { registrationId: "r1", ...data });
  await register("RegistrationCompleted", {
    child: { firstName: "Ann", lastName: "Lee" },
    parent: { firstName: "Sam", lastName: "Lee", email: "sam@example.org" },
    parentPhone: PHONE,
    acceptedAt: now().toISOString(),
  });
  await append(`payment-${LINK}`, "PaymentTokenCreated", {
    registrationId: "r1",
    billingRequestId: LINK,
    feePence: 100,
  });

  const text = async (status: string, more: Data = {}, purpose: TextPurpose = "payment_link", count = 0) => {
    const smsId = smsIdOf("r1", purpose, count);
    const stream = `sms-${smsId}`;
    const about = { registrationId: "r1", billingRequestId: LINK, purpose, count };
    if ((await store.read(stream)).length === 0) {
      const body = `Pay when convenient: https://club.example/reg_setup/${LINK}`;
      await append(stream, "SmsRequested", { smsId, ...about, to: PHONE, body, requestedAt: now().toISOString() });
    }
    const changed = { registrationId: "r1", status, attempt: 1, segments: 1, changedAt: now().toISOString() };
    await append(stream, "TextStatusChanged", { ...changed, ...more });
  };

  const sent: Mail[] = [];
  const start = (send: () => Promise<MailOutcome> = async () => outcomes.shift() ?? { kind: "sent" }) => {
    const runtime = { ...systemRuntime(), now };
    const texts = createTexts({ store, words: twilioWords, now });
    const suppression = suppressionList({ store, service: "test", runtime });
    const changedLinks = { has: () => undefined };
    const facts = createFacts({ store, texts, words: twilioWords, changedLinks, suppression, now, reminders: 3 });
    const mailer = {
      send: (mail: Mail) => {
        sent.push(mail);
        return send();
      },
    };
    const ignored = { lostSince: async () => undefined, onRequested: () => {}, onOutcome: () => {} };
    return createEmailChores({ store, texts, facts, mailer, clubName: "Your Club", runtime, ...ignored });
  };

  const emailId = (reason: EmailReason, round: EmailRound = 0) => emailIdOf("r1", reason, round);
  return {
    clock,
    register,
    text,
    resend: async (status: string) => {
      await register("PaymentLinkResendRequested", { count: 1 });
      await text(status, {}, "resend", 1);
    },
    start,
    sent,
    emailId,
    pay: (status = "paid") =>
      append(`payment-${LINK}`, "PaymentStatusChanged", {
        registrationId: "r1",
        billingRequestId: LINK,
        status,
        since: now().toISOString(),
        changedAt: now().toISOString(),
      }),
    /** As an earlier version requested it. */
    requestOldEmail: (reason: EmailReason, smsId: string) =>
      append(`email-${emailId(reason)}`, "EmailRequested", { registrationId: "r1", smsId, reason }),
    endMandate: (mandatesGone: number) =>
      append(`payment-${LINK}`, "MonthlyStatusChanged", {
        registrationId: "r1",
        billingRequestId: LINK,
        behindPence: 0,
        mandate: "gone",
        mandatesGone,
      }),
    email: async (reason: EmailReason, round: EmailRound = 0) =>
      (await store.read<EmailEvent>(`email-${emailId(reason, round)}`)).map(({ type }) => type),
  };
};

const refused = { failure: "number_not_mobile", code: "30006", numberProblem: "refused" };
const optedOut = { failure: "opted_out", code: "21610" };
const off = { failure: "number_unreachable", code: "30003", numberProblem: "unreachable" };

test("a number refused for good leads to one e-mail with the same link, however often it is asked for", async () => {
  const { text, start, sent, email, emailId } = await world();
  await text("failed", refused);
  const one = start();
  const other = start();
  await Promise.all([one.consider(FIRST), other.consider(FIRST)]);
  await Promise.all([one.send(emailId("number_refused")), other.send(emailId("number_refused"))]);
  await one.consider(FIRST);
  await one.send(emailId("number_refused"));
  expect(sent).toMatchObject([{ to: "sam@example.org", text: expect.stringContaining(`/reg_setup/${LINK}`) }]);
  expect(await email("number_refused")).toEqual(["EmailRequested", "EmailAttemptStarted", "EmailSent"]);
});

test("an opt-out is a reason for an e-mail at once, a phone that is off only after 24 hours", async () => {
  const { clock, text, start, email } = await world();
  const chores = start();
  await text("undelivered", off);
  clock.ms += 24 * HOUR - 1;
  await chores.consider(FIRST);
  expect(await email("undelivered")).toEqual([]);
  clock.ms += 1;
  await chores.consider(FIRST);
  expect(await email("undelivered")).toEqual(["EmailRequested"]);
  await text("failed", optedOut);
  await chores.consider(FIRST);
  expect(await email("opted_out")).toEqual(["EmailRequested"]);
});

test("a mandate that ends is a new reason, although the link is not opened again", async () => {
  const { text, start, pay, endMandate, email } = await world();
  await text("failed", optedOut);
  const chores = start();
  await chores.consider(FIRST);
  await pay();
  for (const count of [1, 2]) {
    await endMandate(count);
    await text("failed", optedOut, "mandate_gone", count);
    await chores.consider(smsIdOf("r1", "mandate_gone", count));
    await chores.consider(smsIdOf("r1", "mandate_gone", count));
  }
  for (const round of [0, "mandate 1", "mandate 2"] as const)
    expect(await email("opted_out", round)).toEqual(["EmailRequested"]);
});

test("what an earlier version e-mailed about an ended mandate is not e-mailed again", async () => {
  const { text, start, pay, endMandate, requestOldEmail, email } = await world();
  await pay();
  await endMandate(1);
  await text("failed", optedOut, "mandate_gone", 1);
  const smsId = smsIdOf("r1", "mandate_gone", 1);
  await requestOldEmail("opted_out", smsId);
  await start().consider(smsId);
  expect(await email("opted_out", "mandate 1")).toEqual([]);
});

test.each([
  ["has the text", async ({ text }) => text("delivered")],
  ["has a later text", async ({ resend }) => resend("delivered")],
  ["may get a later text", async ({ resend }) => resend("pending")],
  ["has paid", async ({ pay }) => pay()],
  ["has cancelled", async ({ register }) => register("RegistrationCancelled", { reason: "" })],
  ["is snoozed", async ({ register }) => register("RegistrationSnoozed", { until: "season" })],
  ["is erased", async ({ register }) => register("RegistrationErased", { resends: 0, corrections: 0 })],
  [
    "has another number",
    async ({ register }) => register("ParentPhoneCorrected", { parentPhone: "+447700900456", count: 1 }),
  ],
] satisfies [string, (family: Awaited<ReturnType<typeof world>>) => Promise<void>][])(
  "a family that %s gets no e-mail, even if one was requested before",
  async (_, happens) => {
    const early = await world();
    await early.text("failed", refused);
    await happens(early);
    await early.start().consider(FIRST);
    expect(await early.email("number_refused")).toEqual([]);

    const late = await world();
    await late.text("failed", refused);
    const chores = late.start();
    await chores.consider(FIRST);
    await happens(late);
    await chores.send(late.emailId("number_refused"));
    expect(await late.email("number_refused")).toEqual(["EmailRequested", "EmailWithdrawn"]);
    expect([...early.sent, ...late.sent]).toEqual([]);
  },
);

test("a crash while sending leads to an unknown outcome and no second e-mail", async () => {
  const { clock, text, start, sent, email, emailId } = await world();
  await text("failed", refused);
  const dying = start(() => new Promise(() => {}));
  await dying.consider(FIRST);
  void dying.send(emailId("number_refused"));
  await expect.poll(() => sent).toHaveLength(1);
  const next = start();
  await next.send(emailId("number_refused"));
  clock.ms += 5 * 60_000;
  await next.send(emailId("number_refused"));
  await next.send(emailId("number_refused"));
  expect(sent).toHaveLength(1);
  expect(await email("number_refused")).toEqual(["EmailRequested", "EmailAttemptStarted", "EmailOutcomeUnknown"]);
});

test("a busy server is tried again; an unknown outcome is not", async () => {
  const { clock, text, start, sent, email, emailId } = await world([
    { kind: "later", code: "451" },
    { kind: "unknown", code: "ECONNECTION" },
  ]);
  await text("failed", refused);
  const chores = start();
  await chores.consider(FIRST);
  for (let hour = 0; hour < 4; hour++) {
    await chores.send(emailId("number_refused"));
    clock.ms += HOUR;
  }
  expect(sent.map(({ id }) => id)).toEqual([emailId("number_refused"), emailId("number_refused")]);
  expect((await email("number_refused")).slice(-3)).toEqual([
    "EmailDeferred",
    "EmailAttemptStarted",
    "EmailOutcomeUnknown",
  ]);
});

test("the view knows from the events when something is due", () => {
  const db = new DatabaseSync(":memory:");
  db.exec(emailsProjection.schema);
  const apply = emailsProjection.prepare(db);
  const at = (ms: number) => new Date(START + ms).toISOString();
  const seen = (stream: string, type: string, data: object) => {
    apply({ stream, type, data } as never);
    return db.prepare("SELECT due_at FROM due WHERE stream = ?").get(stream)?.due_at;
  };
  expect(seen("sms-a", "SmsRequested", { purpose: "payment_link", requestedAt: at(0) })).toBe(START + 24 * HOUR);
  expect(seen("sms-a", "TextStatusChanged", { status: "undelivered", ...off, changedAt: at(1) })).toBe(
    START + 24 * HOUR,
  );
  expect(seen("sms-a", "TextStatusChanged", { status: "failed", ...refused, changedAt: at(2) })).toBe(START + 2);
  expect(seen("sms-a", "TextStatusChanged", { status: "delivered", changedAt: at(3) })).toBeNull();
  expect(seen("sms-b", "SmsRequested", { purpose: "confirmation", requestedAt: at(0) })).toBeUndefined();
  expect(seen("email-a", "EmailRequested", { requestedAt: at(4) })).toBe(START + 4);
  expect(seen("email-a", "EmailAttemptStarted", { attempt: 1, startedAt: at(5) })).toBe(START + 5 + 5 * 60_000);
  expect(seen("email-a", "EmailDeferred", { attempt: 1, retryAt: at(6) })).toBe(START + 6);
  expect(seen("email-a", "EmailSent", { attempt: 2 })).toBeNull();
  expect(seen("email-a", "EmailErased", {})).toBeUndefined();
  db.close();
});
