import { smsIdOf, streams, type TextPurpose } from "@touchline/contracts";
import { eventually } from "@touchline/testing";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendNext, type Instance, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let nc: NatsConnection;
let service: Instance;

const fast = { RECOVERY_SECONDS: "1", RECOVERY_AFTER_SECONDS: "2" };

beforeAll(async () => {
  stack = await startStack();
  nc = await connect({ servers: stack.env.NATS_URL as string });
  service = await stack.start(fast);
});
afterAll(async () => {
  await nc?.close();
  await stack?.stop();
});

/** Makes a consumer of the service believe that its next `count` messages were handled. */
const swallow = async (durable: string, count: number) => {
  const consumer = await nc.jetstream().consumers.get(streams.events, durable);
  for (let i = 0; i < count; i++) await (await consumer.next({ expires: 20_000 }))?.ackAck();
};

const requested = (registrationId: string, purpose: TextPurpose, count: number) =>
  eventually(async () =>
    (await stack.store.read(`sms-${smsIdOf(registrationId, purpose, count)}`)).find((e) => e.type === "SmsRequested"),
  );

const textsTo = (link: string) => stack.twilio.messages.filter(({ body }) => body.includes(link));

test("links whose messages were never delivered are texted once", async () => {
  const usual = await register(stack.store);
  await requested(usual.registrationId, "payment_link", 0);
  await service.stop();
  const lost = await Promise.all(
    Array.from({ length: 10 }, (_, i) => register(stack.store, { phone: `+4477009002${String(i).padStart(2, "0")}` })),
  );
  await swallow("notification-intake", lost.length);
  service = await stack.start(fast);
  for (const { registrationId } of lost) await requested(registrationId, "payment_link", 0);
  await expect
    .poll(() => lost.map(({ billingRequestId }) => textsTo(billingRequestId).length))
    .toEqual(lost.map(() => 1));
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text();
  await expect.poll(metrics).toMatch(/touchline_recovered_total\{kind="text".*\} 10/);
  expect(textsTo(usual.billingRequestId)).toHaveLength(1);
});

test("a resend, a correction and an erasure whose messages were never delivered are carried out", async () => {
  const families = await Promise.all(
    ["+447700900301", "+447700900302", "+447700900303"].map((phone) => register(stack.store, { phone })),
  );
  for (const { registrationId } of families) await requested(registrationId, "payment_link", 0);
  await service.stop();
  const [resent, corrected, erased] = families.map(({ registrationId }) => registrationId) as [string, string, string];
  const at = new Date().toISOString();
  const change = (registrationId: string, type: string, data: object) =>
    appendNext(stack.store, `registration-${registrationId}`, registrationId, {
      type,
      data: { registrationId, ...data },
    });
  await change(resent, "PaymentLinkResendRequested", { count: 1, requestedAt: at });
  await change(corrected, "ParentPhoneCorrected", { parentPhone: "+447700900304", count: 1, correctedAt: at });
  await change(erased, "RegistrationErased", { resends: 0, corrections: 0, erasedAt: at });
  await swallow("notification-changes", 3);
  service = await stack.start(fast);
  await requested(resent, "resend", 1);
  await requested(corrected, "corrected_phone", 1);
  await eventually(async () =>
    (await stack.store.read(`registration-${erased}`)).some((e) => e.type === "RegistrationTextsErased"),
  );
});
