import { randomBytes } from "node:crypto";
import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendNext, createToken, type Instance, type Registered, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let service: Instance;
beforeAll(async () => {
  stack = await startStack();
  service = await stack.start({ SMS_TIMEOUT_SECONDS: "1", SMS_EVIDENCE_SECONDS: "1" });
});
afterAll(() => stack.stop());

let last = 0;
const newPhone = () => `+447700900${String(++last).padStart(3, "0")}`;

const events = ({ registrationId }: Registered, purpose: TextPurpose = "payment_link", count = 0) =>
  stack.store.read(`sms-${smsIdOf(registrationId, purpose, count)}`);
const until = (registered: Registered, type: string, purpose?: TextPurpose, count?: number) =>
  eventually(async () => (await events(registered, purpose, count)).find((e) => e.type === type));
const untilDelivered = (registered: Registered, purpose?: TextPurpose, count?: number) =>
  eventually(async () =>
    (await events(registered, purpose, count)).some((e) => (e.data as { status?: string }).status === "delivered"),
  );
const types = async (...args: Parameters<typeof events>) => (await events(...args)).map((e) => e.type);
const textsTo = (phone: string) =>
  stack.twilio.messages.filter((m) => m.to === phone && m.direction === "outbound-api");
const onCreate = { on: "messages.create", times: 1 };

test("if the answer never comes, the callback that names the attempt settles it", async () => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind: "timeout", accepted: true }] });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  expect(await types(registered)).toContain("SmsAccepted");
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test("without callbacks, Twilio's list shows that it has the text", async () => {
  stack.twilio.faults.set({
    requests: [{ ...onCreate, kind: "reset", accepted: true }],
    deliveries: [{ kind: "drop" }],
  });
  const registered = await register(stack.store, { phone: newPhone() });
  const accepted = await until(registered, "SmsAccepted");
  stack.twilio.faults.reset();
  expect(accepted.data).toMatchObject({ via: "list", attempt: 1 });
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test.each(["reset", "timeout"] as const)("a text lost by a %s is sent again after two empty lists", async (kind) => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind, accepted: false }] });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  expect((await types(registered)).slice(0, 7)).toEqual([
    "SmsRequested",
    "SmsAttemptStarted",
    "TextStatusChanged",
    "SmsOutcomeUnknown",
    "SmsNotFound",
    "SmsNotFound",
    "SmsAttemptStarted",
  ]);
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test("a 500 that hides an accepted text leads to no second text", async () => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind: "status", status: 500, body: "html", accepted: true }] });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test("429 is retried, but not before Twilio says", async () => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind: "status", status: 429, retryAfterSeconds: 2 }] });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  const deferred = (await until(registered, "SmsDeferred")).data as { retryAt: string; deferredAt: string };
  expect(Date.parse(deferred.retryAt) - Date.parse(deferred.deferredAt)).toBeGreaterThanOrEqual(2_000);
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test("a number refused for good is not texted again; a corrected one is", async () => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind: "error", code: 21_614 }] });
  const registered = await register(stack.store, { phone: newPhone() });
  expect((await until(registered, "SmsRejected")).data).toMatchObject({ code: "21614", numberFault: "invalid" });

  const { registrationId } = registered;
  const at = new Date().toISOString();
  const registration = `registration-${registrationId}`;
  await appendNext(stack.store, registration, registrationId, {
    type: "PaymentLinkResendRequested",
    data: { registrationId, count: 1, requestedAt: at },
  });
  expect((await until(registered, "SmsGivenUp", "resend", 1)).data).toMatchObject({ numberFault: "invalid" });

  const phone = newPhone();
  await appendNext(stack.store, registration, registrationId, {
    type: "ParentPhoneCorrected",
    data: { registrationId, parentPhone: phone, count: 1, correctedAt: at },
  });
  await untilDelivered(registered, "corrected_phone", 1);
  expect(textsTo(registered.phone)).toHaveLength(0);
  expect(textsTo(phone)).toHaveLength(1);
});

test("STOP blocks texts of all registrations until START; then the held-back link is sent", async () => {
  const phone = newPhone();
  await stack.twilio.receive({ from: phone, to: "+447700900999", body: "Stop." });
  const stopped = await register(stack.store, { phone });
  expect((await until(stopped, "SmsGivenUp")).data).toMatchObject({ code: "opted_out", numberFault: "opted_out" });
  await stack.twilio.receive({ from: phone, to: "+447700900999", body: "START" });
  const again = await register(stack.store, { phone });
  await untilDelivered(again);
  await untilDelivered(stopped);
  expect(textsTo(phone)).toHaveLength(2);
});

test("an opt-out that only Twilio knew about is recorded", async () => {
  stack.twilio.faults.set({ requests: [{ ...onCreate, kind: "error", code: 21_610 }] });
  const phone = newPhone();
  const first = await register(stack.store, { phone });
  expect((await until(first, "SmsRejected")).data).toMatchObject({ numberFault: "opted_out" });
  const second = await eventually(async () => {
    const next = await register(stack.store, { phone });
    return (await until(next, "SmsGivenUp")) && next;
  });
  expect(await types(second)).toEqual(["SmsRequested", "SmsGivenUp", "TextStatusChanged"]);
});

test("a number corrected before the token exists is the one texted", async () => {
  const registered = await register(stack.store, { phone: newPhone(), token: false });
  const { registrationId, billingRequestId } = registered;
  const phone = newPhone();
  await appendNext(stack.store, `registration-${registrationId}`, registrationId, {
    type: "ParentPhoneCorrected",
    data: { registrationId, parentPhone: phone, count: 1, correctedAt: new Date().toISOString() },
  });
  await createToken(stack.store, registrationId, billingRequestId);
  await untilDelivered(registered);
  expect(textsTo(phone)).toHaveLength(1);
  expect(textsTo(registered.phone)).toHaveLength(0);
});

test("a registration cancelled before its token gets no text", async () => {
  const registered = await register(stack.store, { phone: newPhone(), token: false });
  const { registrationId, billingRequestId } = registered;
  await appendNext(stack.store, `registration-${registrationId}`, registrationId, {
    type: "RegistrationCancelled",
    data: { registrationId, reason: "moved away", cancelledAt: new Date().toISOString() },
  });
  await createToken(stack.store, registrationId, billingRequestId);
  expect((await until(registered, "SmsWithdrawn")).data).toMatchObject({ code: "cancelled" });
});

test("a late delivery wins over undelivered", async () => {
  stack.twilio.faults.set({
    outcomes: [{ times: 1, status: "undelivered", errorCode: 30_003, later: { status: "delivered", afterMs: 300 } }],
  });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  expect(await types(registered)).toContain("SmsRetryScheduled");
  expect(textsTo(registered.phone)).toHaveLength(1);
});

test("without callbacks, polling finds a message's end and price", async () => {
  stack.twilio.faults.set({ deliveries: [{ kind: "drop" }] });
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  stack.twilio.faults.reset();
  const reports = (await events(registered)).filter((e) => e.type === "SmsStatusReported");
  expect(reports.at(-1)?.data).toMatchObject({ via: "poll", status: "delivered", priceUnit: "USD" });
});

test("a request that Twilio did not sign is refused and stores nothing", async () => {
  const registered = await register(stack.store, { phone: newPhone() });
  await untilDelivered(registered);
  const before = (await events(registered)).length;
  const attempt = `${smsIdOf(registered.registrationId, "payment_link", 0)}.1`;
  const form = new URLSearchParams({ MessageSid: `SM${randomBytes(16).toString("hex")}`, MessageStatus: "failed" });
  for (const [path, headers] of [
    [`/webhooks/twilio/status?attempt=${attempt}`, {}],
    [`/webhooks/twilio/status?attempt=${attempt}`, { "x-twilio-signature": "bm90IHR3aWxpbw==" }],
    ["/webhooks/twilio/inbound", { "x-twilio-signature": "" }],
  ] as const) {
    expect((await fetch(`${service.url}${path}`, { method: "POST", body: form, headers })).status).toBe(403);
    const json = { method: "POST", body: "{}", headers: { ...headers, "content-type": "application/json" } };
    expect((await fetch(`${service.url}${path}`, json)).status).toBe(403);
    expect((await fetch(`${service.url}${path}`, { method: "POST", headers })).status).toBe(403);
  }
  expect(await events(registered)).toHaveLength(before);
});

test("no personal data and no secrets are logged, even at debug level", () => {
  const output = service.output();
  expect(output).toContain("attempt");
  expect(output).not.toMatch(/7700900|Zoë|O'Neill|stand-in-token|reg_setup/);
});
