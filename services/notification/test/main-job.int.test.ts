import { afterAll, beforeAll, expect, test } from "vitest";
import { smsIdOf } from "../src/sms/id.ts";
import { eventually, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const typesOf = async (registrationId: string, purpose = "payment_link" as const, count = 0) =>
  (await stack.store.read(`sms-${smsIdOf(registrationId, purpose, count)}`)).map((e) => e.type);

test("a payment token leads to one text in the seed's words, and its delivery is known", async () => {
  const service = await stack.start();
  const { registrationId, billingRequestId } = await register(stack.store);
  await eventually(async () => (await typesOf(registrationId)).filter((t) => t === "SmsStatusReported").length >= 2);
  expect(await typesOf(registrationId)).toEqual([
    "SmsRequested",
    "SmsAttemptStarted",
    "SmsAccepted",
    ...(await typesOf(registrationId)).slice(3),
  ]);
  const [message, ...others] = stack.twilio.messages.filter((m) => m.body.includes(billingRequestId));
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    to: "+447700900123",
    body: `Registration complete for Zoë! Pay when convenient: ${stack.publicUrl}/reg_setup/${billingRequestId} Registration not complete until payment made.`,
  });
  expect(service.output()).not.toContain("7700900123");
  expect(service.output()).not.toContain("Zoë");
  expect(await service.stop()).toBe(0);
});
