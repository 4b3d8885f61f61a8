import { smsIdOf } from "@touchline/contracts";
import { eventually } from "@touchline/testing";
import twilio from "twilio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCOUNT, appendNext, type Instance, type Registered, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let service: Instance;
beforeAll(async () => {
  stack = await startStack();
  service = await stack.start();
});
afterAll(() => stack.stop());

let last = 0;
const newPhone = () => `+447700900${String(++last).padStart(3, "0")}`;
const newSid = () => `SM${String(++last).padStart(32, "0")}`;

const events = ({ registrationId }: Registered) =>
  stack.store.read(`sms-${smsIdOf(registrationId, "payment_link", 0)}`);
const replies = async (registered: Registered) =>
  (await events(registered)).flatMap(({ type, data }) => (type === "ReplyReceived" ? [data] : []));
const texted = async (phone: string) => {
  const registered = await register(stack.store, { phone });
  await eventually(async () =>
    (await events(registered)).some(({ data }) => (data as { status?: string }).status === "delivered"),
  );
  return registered;
};

/** Posts an incoming text as Twilio does. Resolves with the status of the answer. */
const post = async (fields: Record<string, string>, token = ACCOUNT.authToken): Promise<number> => {
  const url = `${stack.publicUrl}/webhooks/twilio/inbound`;
  const form = { AccountSid: ACCOUNT.accountSid, To: "+447700900999", NumMedia: "0", MessageSid: newSid(), ...fields };
  const signature = twilio.getExpectedTwilioSignature(token, url, form);
  const headers = { "x-twilio-signature": signature };
  return (await fetch(url, { method: "POST", headers, body: new URLSearchParams(form) })).status;
};

const exposition = async () => (await fetch(`${service.url}/metrics`)).text();
const unknown = async () => Number(/^touchline_replies_unknown_total (\d+)$/m.exec(await exposition())?.[1]);

test("a reply is kept once with the text that it answers", async () => {
  const phone = newPhone();
  const family = await texted(phone);
  const MessageSid = newSid();
  const Body = "I paid the coach in cash <script>alert(1)</script>";
  expect(await post({ From: phone, Body, MessageSid })).toBe(200);
  expect(await post({ From: phone, Body, MessageSid })).toBe(200);
  expect(await post({ From: phone, Body: "", NumMedia: "1" })).toBe(200);
  expect(await post({ From: phone, Body: "wrong number" }, "forged")).toBe(403);
  // The second START ends no opt-out, so it is the answer to something.
  for (const Body of ["STOP", "START", "Yes", "help"]) expect(await post({ From: phone, Body })).toBe(200);
  const { registrationId } = family;
  expect(await replies(family)).toMatchObject([
    { registrationId, replyId: MessageSid, body: Body },
    { registrationId, body: "(a picture)" },
    { registrationId, body: "Yes" },
    { registrationId, body: "help" },
  ]);
});

test("for siblings with one number, a reply answers the newest text", async () => {
  const phone = newPhone();
  const first = await texted(phone);
  const second = await texted(phone);
  await post({ From: phone, Body: "which of the two is this?" });
  expect([await replies(first), await replies(second)]).toMatchObject([[], [{ body: "which of the two is this?" }]]);
});

test("a reply from a number that was never texted is counted but not kept", async () => {
  const before = await unknown();
  const words = "who has a spare bicycle";
  expect(await post({ From: newPhone(), Body: words })).toBe(200);
  expect(await post({ From: "+33612345678", Body: words })).toBe(200);
  expect(await unknown()).toBe(before + 2);
  for await (const { data } of stack.store.readAll()) expect(JSON.stringify(data)).not.toContain(words);
  expect(service.output()).not.toContain(words);
});

test("erasing a family erases its replies, and later ones are not kept", async () => {
  const phone = newPhone();
  const family = await texted(phone);
  await post({ From: phone, Body: "who is this?" });
  const { registrationId, billingRequestId } = family;
  await appendNext(stack.store, `registration-${registrationId}`, registrationId, {
    type: "RegistrationErased",
    data: {
      registrationId,
      billingRequestId,
      resends: 0,
      corrections: 0,
      team: "Tigers",
      ageGroup: "u10",
      season: "2526",
      erasedAt: new Date().toISOString(),
    },
  });
  await eventually(async () => (await events(family))[0]?.type === "SmsErased");
  expect(await post({ From: phone, Body: "and now?" })).toBe(200);
  expect((await events(family)).map(({ type }) => type)).not.toContain("ReplyReceived");
});

test("a parent who stops texts on the link's page gets none until the club turns them on again", async () => {
  const phone = newPhone();
  const { registrationId, billingRequestId } = await texted(phone);
  const at = new Date().toISOString();
  await appendNext(stack.store, `payment-${billingRequestId}`, registrationId, {
    type: "TextsStopped",
    data: { billingRequestId, registrationId, stoppedAt: at },
  });
  const resent = () => stack.store.read(`sms-${smsIdOf(registrationId, "resend", 1)}`);
  const types = async () => (await resent()).map(({ type }) => type);
  await eventually(async () => {
    for await (const { type, data } of stack.store.readAll({ prefixes: ["suppression-"] }))
      if (type === "PhoneOptedOut" && data.phone === phone) return true;
    return false;
  });
  await appendNext(stack.store, `registration-${registrationId}`, registrationId, {
    type: "PaymentLinkResendRequested",
    data: { registrationId, count: 1, requestedAt: at },
  });
  await eventually(async () => (await types()).includes("SmsGivenUp"));
  await appendNext(stack.store, `registration-${registrationId}`, registrationId, {
    type: "TextsWishRecorded",
    data: { registrationId, wanted: true, recordedAt: at },
  });
  await eventually(async () => (await types()).includes("SmsAccepted"));
});

test("texts from parents that came while nobody was there are read later, each once", async () => {
  const [stopped, back, asking] = [newPhone(), newPhone(), newPhone()];
  const families = [await texted(stopped), await texted(back), await texted(asking)] as const;
  await post({ From: back, Body: "STOP" });
  await service.stop();
  const to = stack.env.TWILIO_PHONE_NUMBER ?? "";
  await stack.twilio.receive({ from: stopped, to, body: "stop" });
  await stack.twilio.receive({ from: back, to, body: "START" });
  await stack.twilio.receive({ from: stopped, to, body: "start" });
  await stack.twilio.receive({ from: stopped, to, body: "STOP" });
  await stack.twilio.receive({ from: asking, to, body: "Is training on?" });
  service = await stack.start({ REPLIES_POLL_SECONDS: "1" });

  await eventually(async () => (await replies(families[2])).length > 0);
  // The first look after a start reads them again.
  await service.stop();
  service = await stack.start({ REPLIES_POLL_SECONDS: "1" });
  const looked = /^touchline_sms_lookup_seconds_count\{[^}]*"received",outcome="ok"\} ([2-9]|\d\d)/m;
  await eventually(async () => looked.test(await exposition()));
  expect(await replies(families[2])).toMatchObject([{ body: "Is training on?" }]);
  expect(await replies(families[1])).toEqual([]);
  const wishes: string[] = [];
  for await (const { type, data } of stack.store.readAll({ prefixes: ["suppression-"] }))
    if ("phone" in data && [stopped, back].includes(String(data.phone))) wishes.push(`${data.phone} ${type}`);
  expect(wishes.filter((one) => one.startsWith(back))).toEqual([`${back} PhoneOptedOut`, `${back} PhoneOptedIn`]);
  const [out, backIn] = ["PhoneOptedOut", "PhoneOptedIn"].map((type) => `${stopped} ${type}`);
  expect(wishes.filter((one) => one.startsWith(stopped))).toEqual([out, backIn, out]);
});
