import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { type Purpose, smsIdOf } from "../sms/id.ts";
import { suppressionList } from "../suppression/list.ts";
import { createFacts } from "./facts.ts";

const NOON = new Date("2026-03-09T12:00:00.000Z");
const LINK = "BRQ0001ABC";
const PHONE = "+447700900123";

const setUp = async () => {
  const store = memoryEventStore(() => NOON);
  const append = (stream: string, type: string, data: object) =>
    store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: { service: "test" } }], "no_stream");
  await append("registration-r1", "RegistrationCompleted", {
    registrationId: "r1",
    child: { firstName: "Ann", lastName: "Lee" },
    parentPhone: PHONE,
    acceptedAt: "2026-03-02T12:00:00.000Z",
  });
  await append(`payment-${LINK}`, "PaymentTokenCreated", { registrationId: "r1", billingRequestId: LINK });
  const suppression = suppressionList(store, "notification");
  const facts = createFacts({
    store,
    suppression,
    changedLinks: { has: () => undefined },
    reminders: 3,
    now: () => NOON,
  });
  const about = (purpose: Purpose, count: number) => ({
    smsId: smsIdOf("r1", purpose, count),
    registrationId: "r1",
    billingRequestId: LINK,
    purpose,
    count,
  });
  const request = (purpose: Purpose, count: number, requestedAt: string) => {
    const data = { ...about(purpose, count), to: PHONE, body: "a text", encoding: "GSM-7", segments: 1, requestedAt };
    return append(`sms-${smsIdOf("r1", purpose, count)}`, "SmsRequested", data);
  };
  return { facts, about, request };
};

test("of reminders that were kept back together only the last one goes", async () => {
  const { facts, about, request } = await setUp();
  for (const count of [1, 2, 3]) await request("reminder", count, `2026-03-0${3 + 2 * count - 1}T12:00:00.000Z`);
  const went = await Promise.all([1, 2, 3].map((count) => facts.circumstances(about("reminder", count))));
  expect(went.map(({ anotherWent }) => anotherWent)).toEqual([true, true, false]);
});
