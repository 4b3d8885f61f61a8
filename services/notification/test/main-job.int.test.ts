import { smsIdOf } from "@touchline/contracts";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const eventsOf = (registrationId: string) => stack.store.read(`sms-${smsIdOf(registrationId, "payment_link", 0)}`);

test("a payment token leads to one text in the default words, and its delivery is known", async () => {
  const service = await stack.start();
  const { registrationId, billingRequestId } = await register(stack.store);
  const delivered = ({ data }: { data: object }) => (data as { status?: string }).status === "delivered";
  await eventually(async () => (await eventsOf(registrationId)).some(delivered));
  const types = (await eventsOf(registrationId)).map((e) => e.type);
  const facts = types.filter((type) => type !== "TextStatusChanged");
  expect(facts.slice(0, 3)).toEqual(["SmsRequested", "SmsAttemptStarted", "SmsAccepted"]);
  expect(new Set(facts.slice(3))).toEqual(new Set(["SmsStatusReported"]));
  const announced = (await eventsOf(registrationId)).filter(({ type }) => type === "TextStatusChanged");
  expect(announced.map(({ data }) => data)).toMatchObject([
    { status: "pending", attempt: 1 },
    { status: "sent" },
    { status: "delivered" },
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
