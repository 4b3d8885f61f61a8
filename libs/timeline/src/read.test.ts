import { randomUUID } from "node:crypto";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { smsIdOf } from "../../../services/notification/src/sms/id.ts";
import { suppressionList } from "../../../services/notification/src/suppression/list.ts";
import { findRegistrations, readClue } from "./find.ts";
import { readStory } from "./read.ts";
import { textIdsOf } from "./text-ids.ts";

const append = async (store: EventStore, stream: string, type: string, data: object, correlation?: string) => {
  const revision = BigInt((await store.read(stream)).length) - 1n;
  const metadata = { service: "test", ...(correlation && { $correlationId: correlation }) };
  await store.append(stream, [{ id: randomUUID(), type, data, metadata }], revision < 0n ? "no_stream" : revision);
};

const register = (store: EventStore, registrationId: string, parentPhone = "+447700900123", more: object = {}) =>
  append(store, `registration-${registrationId}`, "RegistrationCompleted", { registrationId, parentPhone, ...more });

const token = (store: EventStore, registrationId: string, billingRequestId: string) =>
  append(store, `payment-${billingRequestId}`, "PaymentTokenCreated", { registrationId, billingRequestId });

const text = (store: EventStore, registrationId: string, purpose: Parameters<typeof smsIdOf>[1], count: number) =>
  append(store, `sms-${smsIdOf(registrationId, purpose, count)}`, "SmsRequested", { registrationId, purpose });

const typesOf = async (story: ReturnType<typeof readStory>) => (await story).map(({ type }) => type);

test("a story holds the events of all its streams, in the order in which they were stored, and no others", async () => {
  const store = memoryEventStore();
  await register(store, "one");
  await register(store, "two");
  await token(store, "two", "BRQ0002");
  await text(store, "two", "payment_link", 0);
  await token(store, "one", "BRQ0001");
  await text(store, "one", "payment_link", 0);
  await append(store, "payment-BRQ0001", "PaymentLinkReopened", { registrationId: "one", requestId: "BRQ0009" });
  await append(store, "registration-one", "PaymentLinkResendRequested", { registrationId: "one", count: 1 });
  for (const purpose of ["reopened", "resend", "reminder"] as const) await text(store, "one", purpose, 1);
  await text(store, "one", "confirmation", 0);
  await text(store, "one", "confirmation", 1);

  const story = await readStory(store, "one");
  expect(story.map(({ type }) => type)).toEqual([
    "RegistrationCompleted",
    "PaymentTokenCreated",
    "SmsRequested",
    "PaymentLinkReopened",
    "PaymentLinkResendRequested",
    ...Array.from({ length: 5 }, () => "SmsRequested"),
  ]);
  expect(story.every(({ data }) => (data as { registrationId: string }).registrationId === "one")).toBe(true);
  expect(await readStory(store, "none")).toEqual([]);
});

test("a token that the chat brought leads to its stream, also when it is the only thing there", async () => {
  const store = memoryEventStore();
  await token(store, "one", "BRQ0001");
  await register(store, "one", undefined, { billingRequestId: "BRQ0001" });
  expect(await typesOf(readStory(store, "one"))).toEqual(["PaymentTokenCreated", "RegistrationCompleted"]);
});

test("a thorough reading finds what is correlated in streams of other names, each event once", async () => {
  const store = memoryEventStore();
  await register(store, "one");
  await append(store, "payment-EV0001", "ProviderEventParked", {}, "one");
  expect(await typesOf(readStory(store, "one"))).toEqual(["RegistrationCompleted"]);
  expect(await typesOf(readStory(store, "one", { thorough: true }))).toEqual([
    "RegistrationCompleted",
    "ProviderEventParked",
  ]);
});

test("a parent's STOP belongs to the story, whichever of the family's numbers it was sent from", async () => {
  const store = memoryEventStore();
  await register(store, "one");
  await register(store, "other", "+447700900789");
  await append(store, "registration-one", "ParentPhoneCorrected", {
    registrationId: "one",
    parentPhone: "+447700900456",
    count: 1,
  });
  const list = suppressionList({ store, service: "notification", runtime: systemRuntime() });
  const cause = { service: "notification" };
  await list.optOut("+447700900456", { via: "inbound" }, new Date(), cause);
  await list.optOut("+447700900123", { via: "provider" }, new Date(), cause);
  expect(await typesOf(readStory(store, "one"))).toEqual([
    "RegistrationCompleted",
    "ParentPhoneCorrected",
    "PhoneOptedOut",
    "PhoneOptedOut",
  ]);
  expect(await typesOf(readStory(store, "other"))).toEqual(["RegistrationCompleted"]);
});

test("texts are named as the service that sends them names them", () => {
  const ids = textIdsOf("one", { resends: 2, corrections: 1, reopenings: 1 });
  const expected = [
    ["payment_link", 0],
    ["resend", 2],
    ["corrected_phone", 1],
    ["reopened", 1],
    ["confirmation", 0],
    ["confirmation", 1],
    ["reminder", 3],
  ] as const;
  for (const [purpose, count] of expected) expect(ids).toContain(smsIdOf("one", purpose, count));
});

test.each([
  ["07700 900123", { kind: "phone", phone: "+447700900123" }],
  ["BRQ0001ABC", { kind: "billing_request", billingRequestId: "BRQ0001ABC" }],
  ["https://pay.example.org/reg_setup/BRQ0001ABC", { kind: "billing_request", billingRequestId: "BRQ0001ABC" }],
  [
    "b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1",
    { kind: "registration", registrationId: "b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1" },
  ],
  ["Zoë O'Neill", undefined],
])("%s is a clue", (given, clue) => {
  expect(readClue(given)).toEqual(clue);
});

test("a phone leads to every registration that has or had it, a billing request to its one", async () => {
  const store = memoryEventStore();
  await register(store, "first");
  await register(store, "other", "+447700900456");
  await register(store, "sibling");
  await append(store, "registration-other", "ParentPhoneCorrected", {
    registrationId: "other",
    parentPhone: "+447700900123",
  });
  await token(store, "other", "BRQ0001");
  await append(store, "payment-BRQ0001", "PaymentLinkReopened", { registrationId: "other", requestId: "BRQ0009" });

  const find = (text: string) => findRegistrations(store, readClue(text) as NonNullable<ReturnType<typeof readClue>>);
  expect(await find("07700900123")).toEqual(["first", "sibling", "other"]);
  expect(await find("BRQ0001")).toEqual(["other"]);
  expect(await find("BRQ0009")).toEqual(["other"]);
  expect(await find("BRQ0404")).toEqual([]);
  expect(await find("sibling")).toEqual(["sibling"]);
  expect(await find("stranger")).toEqual([]);
});
