import { randomUUID } from "node:crypto";
import { catalogue, emailIdOf, smsIdOf, suppressionIdOf, type TextPurpose } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { findRegistrations, readClue } from "./find.ts";
import { readTimeline } from "./read.ts";

const append = async (store: EventStore, stream: string, type: string, data: object, correlation?: string) => {
  const revision = BigInt((await store.read(stream)).length) - 1n;
  const metadata = { service: "test", ...(correlation && { $correlationId: correlation }) };
  await store.append(stream, [{ id: randomUUID(), type, data, metadata }], revision < 0n ? "no_stream" : revision);
};

const register = (store: EventStore, registrationId: string, parentPhone = "+447700900123", more: object = {}) =>
  append(store, `registration-${registrationId}`, "RegistrationCompleted", { registrationId, parentPhone, ...more });

const token = (store: EventStore, registrationId: string, billingRequestId: string) =>
  append(store, `payment-${billingRequestId}`, "PaymentTokenCreated", { registrationId, billingRequestId });

const text = (store: EventStore, registrationId: string, purpose: TextPurpose, count: number) =>
  append(store, `sms-${smsIdOf(registrationId, purpose, count)}`, "SmsRequested", { registrationId, purpose });

const typesOf = async (events: ReturnType<typeof readTimeline>) => (await events).map(({ type }) => type);

test("a timeline has the events of all its streams, and no others, in the order in which they were stored", async () => {
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

  const events = await readTimeline(store, "one");
  expect(events.map(({ type }) => type)).toEqual([
    "RegistrationCompleted",
    "PaymentTokenCreated",
    "SmsRequested",
    "PaymentLinkReopened",
    "PaymentLinkResendRequested",
    ...Array.from({ length: 5 }, () => "SmsRequested"),
  ]);
  expect(events.every(({ data }) => (data as { registrationId: string }).registrationId === "one")).toBe(true);
  expect(await readTimeline(store, "none")).toEqual([]);
});

test("a token that the chat created leads to its stream, even with no event but the token's", async () => {
  const store = memoryEventStore();
  await token(store, "one", "BRQ0001");
  await register(store, "one", undefined, { billingRequestId: "BRQ0001" });
  expect(await typesOf(readTimeline(store, "one"))).toEqual(["PaymentTokenCreated", "RegistrationCompleted"]);
});

test("a thorough reading finds correlated events in other streams, each once", async () => {
  const store = memoryEventStore();
  await register(store, "one");
  await append(store, "payment-EV0001", "ProviderEventParked", {}, "one");
  expect(await typesOf(readTimeline(store, "one"))).toEqual(["RegistrationCompleted"]);
  expect(await typesOf(readTimeline(store, "one", { thorough: true }))).toEqual([
    "RegistrationCompleted",
    "ProviderEventParked",
  ]);
});

test("a parent's STOP belongs to the timeline, whichever of the family's numbers it was sent from", async () => {
  const store = memoryEventStore();
  await register(store, "one");
  await register(store, "other", "+447700900789");
  await append(store, "registration-one", "ParentPhoneCorrected", {
    registrationId: "one",
    parentPhone: "+447700900456",
    count: 1,
  });
  await append(store, "suppression-key", "SuppressionKeyCreated", { key: "a2V5" });
  for (const phone of ["+447700900456", "+447700900123"]) {
    await append(store, `suppression-${suppressionIdOf("a2V5", phone)}`, "PhoneOptedOut", { phone });
  }
  expect(await typesOf(readTimeline(store, "one"))).toEqual([
    "RegistrationCompleted",
    "ParentPhoneCorrected",
    "PhoneOptedOut",
    "PhoneOptedOut",
  ]);
  expect(await typesOf(readTimeline(store, "other"))).toEqual(["RegistrationCompleted"]);
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

test("a phone leads to every registration that has or had it, and a billing request to its only one", async () => {
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

/** Where each kind of event about a family is stored. */
const streamOf = {
  registration: "registration-one",
  payment: "payment-BRQ0001",
  sms: `sms-${smsIdOf("one", "payment_link", 0)}`,
  email: `email-${emailIdOf("one", "opted_out", 0)}`,
  suppression: `suppression-${suppressionIdOf("a2V5", "+447700900123")}`,
};
/** Events that are about no one family. */
const ofNoFamily = [
  // About the club's books as a whole: a family's own events say what it paid.
  "PayoutRecorded",
  "ReconciliationFinished",
  "SmsLineTaken",
  "SuppressionKeyCreated",
  "DigestAttemptStarted",
  "DigestAttemptEnded",
  "StoreIdentified",
  "RecoveryBegan",
  "RecoveryEnded",
];

test.each([...catalogue.values()].filter(({ type }) => !ofNoFamily.includes(type)).map(({ type }) => type))(
  "a thorough reading finds %s, so that families who ask for their data get it",
  async (type) => {
    const store = memoryEventStore();
    await register(store, "one");
    await token(store, "one", "BRQ0001");
    await append(store, "suppression-key", "SuppressionKeyCreated", { key: "a2V5" });
    // A report from before the link is known has its own stream, and is found by correlation id.
    const isParked = type.startsWith("ProviderEvent");
    const category = catalogue.get(type)?.category ?? "";
    const stream = isParked ? "payment-EV0001" : (streamOf as Readonly<Record<string, string>>)[category];
    if (!stream) throw new Error(`${type} is not about a family, or this test does not know where it is stored.`);
    await append(store, stream, type, { registrationId: "one" }, isParked ? "one" : undefined);
    expect((await readTimeline(store, "one", { thorough: true })).at(-1)).toMatchObject({ type, stream });
  },
);
