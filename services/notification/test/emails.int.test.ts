import { type EmailReason, emailIdOf } from "@touchline/contracts";
import { type MailStandIn, startMailStandIn } from "@touchline/sandbox";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let mailServer: MailStandIn;
beforeAll(async () => {
  [stack, mailServer] = await Promise.all([startStack(), startMailStandIn({ now: () => new Date() })]);
});
afterAll(async () => {
  await stack.stop();
  await mailServer.stop();
});

const typesOf = async (registrationId: string, reason: EmailReason = "number_refused") =>
  (await stack.store.read(`email-${emailIdOf(registrationId, reason, 0)}`)).map(({ type }) => type);
const triesOf = (to: string) => mailServer.tries.filter((tried) => tried === to);

test("a parent whose number is refused for good is e-mailed the link once, even with two instances", async () => {
  const mail = { SMTP_URL: mailServer.url, MAIL_FROM: "Club <club@example.org>" };
  const services = [await stack.start(mail), await stack.start(mail)];
  const landline = { status: "undelivered", errorCode: 30_006 } as const;
  stack.twilio.faults.set({ outcomes: [landline] });
  const family = (phone: string, email: string) => register(stack.store, { phone, email });
  const sam = await family("+447700900101", "sam@example.org");
  const refused = await family("+447700900102", "refused@example.org");
  const broken = await family("+447700900103", "broken@example.org");
  const without = await family("+447700900104", "");

  const ended = { [sam.registrationId]: "EmailSent", [refused.registrationId]: "EmailRefused" };
  for (const [registrationId, type] of Object.entries({ ...ended, [broken.registrationId]: "EmailOutcomeUnknown" })) {
    await eventually(async () => (await typesOf(registrationId)).at(-1) === type);
    expect(await typesOf(registrationId)).toEqual(["EmailRequested", "EmailAttemptStarted", type]);
  }
  expect(triesOf("sam@example.org")).toHaveLength(1);
  expect(mailServer.mails.all().find(({ to }) => to === "sam@example.org")).toMatchObject({
    from: "club@example.org",
    subject: "the club: the payment link for Zoë",
    text: expect.stringContaining(`/reg_setup/${sam.billingRequestId}`),
  });
  expect(triesOf("broken@example.org")).toHaveLength(1);
  expect(await typesOf(without.registrationId)).toEqual([]);

  for (const service of services) {
    expect(service.output()).not.toMatch(/@example\.org|Zoë/);
    expect(await service.stop()).toBe(0);
  }
});
