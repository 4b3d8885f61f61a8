import { randomUUID } from "node:crypto";
import { emailIdOf, type SmsEvent, smsIdOf } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { createFacts } from "../dispatch/facts.ts";
import { createTexts } from "../dispatch/texts.ts";
import { requestText } from "../sms/decide.ts";
import { smsAggregate } from "../sms/state.ts";
import { suppressionList } from "../suppression/list.ts";
import { twilioWords } from "../twilio/words.ts";
import { createErasing } from "./erase.ts";

const at = "2026-09-01T10:00:00.000Z";
const now = () => new Date(at);
const erasedData = { registrationId: "r1", billingRequestId: "BRQ0001", resends: 1, corrections: 0, erasedAt: at };

const append = async (store: EventStore, stream: string, type: string, data: object) => {
  const stored = await store.read(stream);
  const event = { id: randomUUID(), type, data, metadata: { service: "test" } };
  await store.append(stream, [event], stored.at(-1)?.revision ?? "no_stream");
};

const requested = (purpose: "payment_link" | "resend" | "month_missed", count: number) => ({
  smsId: smsIdOf("r1", purpose, count),
  registrationId: "r1",
  billingRequestId: "BRQ0001",
  purpose,
  count,
  to: "+447700900123",
  body: "Registration complete for Zoë!",
  encoding: "GSM-7" as const,
  segments: 1,
  requestedAt: at,
});

const { evolve, initial } = smsAggregate(twilioWords);

const setUp = async (erased: object = erasedData) => {
  const store = memoryEventStore(now);
  const facts = factsOf(store);
  await append(store, "registration-r1", "RegistrationErased", erased);
  const first = requested("payment_link", 0);
  await append(store, `sms-${first.smsId}`, "SmsRequested", first);
  return {
    store,
    first,
    erase: createErasing({ store, texts: createTexts({ store, words: twilioWords, now }), facts, now }),
  };
};

const factsOf = (store: EventStore) => {
  const changedLinks = { has: () => undefined };
  const suppression = suppressionList({ store, service: "test", runtime: { ...systemRuntime(), now } });
  const texts = createTexts({ store, words: twilioWords, now });
  return createFacts({ store, texts, words: twilioWords, changedLinks, suppression, now, reminders: 3 });
};

test("erasure hides what was texted, prevents new requests, and is recorded once in the registration's stream", async () => {
  const { store, first, erase } = await setUp();
  await erase(erasedData, { id: "e1" });
  await erase(erasedData, { id: "e1" });
  expect(await store.read(`sms-${first.smsId}`)).toMatchObject([{ type: "SmsErased", revision: 1n }]);
  expect((await store.read("registration-r1")).map(({ type }) => type)).toEqual([
    "RegistrationErased",
    "RegistrationTextsErased",
  ]);
  // A request by somebody who read the registration before its erasure comes too late, whichever text it is.
  for (const [purpose, count] of [
    ["payment_link", 0],
    ["resend", 1],
  ] as const) {
    const wanted = requested(purpose, count);
    const stored = await store.read(`sms-${wanted.smsId}`);
    expect(stored.map(({ type }) => type)).toEqual(["SmsErased"]);
    const state = (stored as SmsEvent[]).reduce(evolve, initial);
    expect(requestText(wanted, {} as never, true, now())(state)).toEqual([]);
  }
});

test("erasure hides what was e-mailed and prevents new requests", async () => {
  const { store, erase } = await setUp();
  const emailed = `email-${emailIdOf("r1", "opted_out", 0)}`;
  await append(store, emailed, "EmailRequested", { registrationId: "r1", to: "sam@example.org", body: "Pay here" });
  await erase(erasedData, { id: "e1" });
  await erase(erasedData, { id: "e1" });
  const [again, later] = [emailIdOf("r1", "undelivered", 1), emailIdOf("r1", "opted_out", "mandate 1")];
  for (const stream of [emailed, `email-${again}`, `email-${later}`]) {
    expect((await store.read(stream)).map(({ type }) => type)).toEqual(["EmailErased"]);
  }
});

test.each([
  ["that the erasure names", { billingRequestId: "BRQ0001" }],
  ["that the erasure does not name", {}],
])("erasure hides what was texted because of the payments of a link %s", async (_, named) => {
  const erased = { registrationId: "r1", resends: 0, corrections: 0, erasedAt: at, ...named };
  const { store, erase } = await setUp(erased);
  const link = { billingRequestId: "BRQ0001", registrationId: "r1" };
  await append(store, "payment-BRQ0001", "PaymentTokenCreated", { ...link, feePence: 100, mandate: true });
  for (const count of [1, 2]) {
    const reopened = { ...link, requestId: `BRQ000${count}X`, feePence: 0, mandate: true, months: [], count };
    await append(store, "payment-BRQ0001", "PaymentLinkReopened", { ...reopened, reopenedAt: at });
  }
  const text = requested("month_missed", 2);
  await append(store, `sms-${text.smsId}`, "SmsRequested", text);
  await erase(erased, { id: "e1" });
  expect((await store.read(`sms-${text.smsId}`)).map(({ type }) => type)).toEqual(["SmsErased"]);
});

test("after a crash before the erasure is recorded, the next delivery records it", async () => {
  const { store, first, erase } = await setUp();
  const broken = { ...store, truncateBefore: () => Promise.reject(new Error("killed")) };
  const facts = factsOf(store);
  await expect(
    createErasing({ store: broken, texts: createTexts({ store, words: twilioWords, now }), facts, now })(erasedData, {
      id: "e1",
    }),
  ).rejects.toThrow("killed");
  expect(await store.read("registration-r1")).toHaveLength(1);
  await erase(erasedData, { id: "e1" });
  expect(await store.read("registration-r1")).toHaveLength(2);
  expect(await store.read(`sms-${first.smsId}`)).toHaveLength(1);
});
