import { setTimeout as sleep } from "node:timers/promises";
import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import { quietUntil } from "@touchline/london";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendNext, type Registered, register, type Stack, startStack } from "./stack.ts";

/** Leases and holds take time, and a busy machine takes longer. */
const SLOW_MS = 180_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const DAY_MS = 86_400_000;
/** This long after the third day, its reminder is due at any hour of the day. */
const PAST_THE_NIGHT_MS = 14 * 3_600_000;
const read = ({ registrationId }: Registered, purpose: TextPurpose, count: number) =>
  stack.store.read(`sms-${smsIdOf(registrationId, purpose, count)}`);

test.each([
  ["a wrong password", 20_003, 2],
  ["an unknown code", 99_999, 3],
  ["the daily limit", 63_038, 4],
] as const)(
  "%s costs no text: sending stops, and resumes by itself once it is fixed",
  {
    timeout: SLOW_MS,
  },
  async (_, code, block) => {
    const service = await stack.start();
    const before = stack.twilio.requests.length;
    stack.twilio.faults.set({ requests: [{ on: "messages.create", kind: "error", code }] });
    const all = await Promise.all([1, 2, 3, 4].map((n) => register(stack.store, { phone: `+4477009002${block}${n}` })));
    await eventually(async () =>
      (await fetch(`${service.url}/metrics`)).text().then((m) => /^touchline_sms_held\{.*\} 1$/m.test(m)),
    );
    await sleep(300);
    const tried = stack.twilio.requests.length - before;
    expect(tried).toBeLessThanOrEqual(all.length);
    stack.twilio.faults.reset();
    for (const one of all) {
      await eventually(async () => (await read(one, "payment_link", 0)).some((e) => e.type === "SmsAccepted"));
      const deferred = (await read(one, "payment_link", 0)).filter((e) => e.type === "SmsDeferred");
      expect(deferred.every((e) => (e.data as { counted: boolean }).counted === false)).toBe(true);
    }
    await service.stop();
  },
);

test("a reminder due while no instance ran is sent by one of two instances, outside quiet hours; none after payment", {
  timeout: SLOW_MS,
}, async () => {
  const due = await register(stack.store, {
    phone: "+447700900211",
    at: new Date(Date.now() - 3 * DAY_MS - PAST_THE_NIGHT_MS),
  });
  const paid = await register(stack.store, {
    phone: "+447700900212",
    at: new Date(Date.now() - 3 * DAY_MS - PAST_THE_NIGHT_MS),
  });
  const longAgo = await register(stack.store, { phone: "+447700900213", at: new Date(Date.now() - 30 * DAY_MS) });
  const asked = await register(stack.store, { phone: "+447700900214", at: new Date() });
  await appendNext(stack.store, `payment-${paid.billingRequestId}`, paid.registrationId, {
    type: "PaymentStatusChanged",
    data: {
      billingRequestId: paid.billingRequestId,
      registrationId: paid.registrationId,
      status: "paid",
      since: new Date().toISOString(),
      changedAt: new Date().toISOString(),
    },
  });
  const instances = [await stack.start(), await stack.start()];
  await eventually(async () => (await read(due, "reminder", 1)).length > 0);
  await eventually(async () => (await read(paid, "confirmation", 0)).some((e) => e.type === "SmsAccepted"));
  await eventually(async () => (await read(asked, "payment_link", 0)).length > 0);
  await appendNext(stack.store, `registration-${asked.registrationId}`, asked.registrationId, {
    type: "ReminderRequested",
    data: { registrationId: asked.registrationId, count: 1, requestedAt: new Date().toISOString() },
  });
  await eventually(async () => (await read(asked, "asked_reminder", 1)).length > 0);
  const quiet = quietUntil(new Date()) !== undefined;
  if (!quiet) await eventually(async () => (await read(due, "reminder", 1)).some((e) => e.type === "SmsAccepted"));
  await sleep(1_500);
  const reminders = stack.twilio.messages.filter((m) => m.to === due.phone && /reminder/i.test(m.body));
  expect(reminders).toHaveLength(quiet ? 0 : 1);
  expect(await read(paid, "reminder", 1)).toEqual([]);
  expect((await read(paid, "payment_link", 0)).map((e) => e.type)).toEqual([
    "SmsRequested",
    "SmsWithdrawn",
    "TextStatusChanged",
  ]);
  for (const count of [1, 2, 3]) expect(await read(longAgo, "reminder", count)).toEqual([]);
  for (const instance of instances) await instance.stop();
});
