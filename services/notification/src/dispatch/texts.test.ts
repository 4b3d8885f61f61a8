import type { SmsEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { abandonAttempt, recordOutcome, requestText } from "../sms/decide.ts";
import { recordReport } from "../sms/report.ts";
import { twilioWords } from "../twilio/words.ts";
import { createTexts, nothingYet } from "./texts.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const SMS_ID = requested.data.smsId;
const calm = {
  phone: requested.data.to,
  registrationCancelled: false,
  payment: "pending",
  owed: true,
  optedOut: false,
  refusedNumbers: [],
  anotherWaits: false,
  anotherWent: false,
  anotherFirst: false,
  behind: false,
  mandateGone: false,
  overLimit: false,
  snoozed: false,
  quiet: false,
} as const;
const request = requestText((requested as Extract<SmsEvent, { type: "SmsRequested" }>).data, calm, true, NOW);
const delivered = { providerMessageId: "SM1", status: "delivered", stage: "delivered" } as const;

const setUp = () => {
  const store = memoryEventStore(() => NOW);
  const texts = createTexts({ store, words: twilioWords, now: () => NOW });
  const stored = async () => (await store.read<SmsEvent>(`sms-${SMS_ID}`)).map(({ type, data }) => ({ type, data }));
  return { store, texts, stored };
};

test("a status is announced in the append that changed it, correlated with the registration; a repeat appends nothing", async () => {
  const { store, texts, stored } = setUp();
  const first = await texts.decide(SMS_ID, request, { id: "e1" }, nothingYet);
  expect(first.events.map(({ type }) => type)).toEqual(["SmsRequested", "SmsAttemptStarted", "TextStatusChanged"]);
  const outcome = { kind: "accepted", providerMessageId: "SM1" } as const;
  const accept = recordOutcome({ attempt: 1, outcome, now: NOW, jitter: 0, evidenceMs: 1 });
  expect((await texts.decide(SMS_ID, accept)).events).toMatchObject([
    { type: "SmsAccepted" },
    { type: "TextStatusChanged", data: { status: "sent", sentAt: NOW.toISOString() } },
  ]);
  const deliver = recordReport({ report: delivered, via: "poll", now: NOW, jitter: 0 }, texts.evolve);
  expect((await texts.decide(SMS_ID, deliver)).events).toMatchObject([
    { type: "SmsStatusReported" },
    { type: "TextStatusChanged", data: { status: "delivered" } },
  ]);
  const before = await stored();
  for (const again of [accept, deliver, request]) expect((await texts.decide(SMS_ID, again)).events).toEqual([]);
  expect(await stored()).toEqual(before);
  const metadata = (await store.read(`sms-${SMS_ID}`)).slice(3).map((event) => event.metadata.$correlationId);
  expect(new Set(metadata)).toEqual(new Set([requested.data.registrationId]));
});

test("a change that others cannot see is not announced", async () => {
  const { texts } = setUp();
  await texts.decide(SMS_ID, request, {}, nothingYet);
  const abandoned = await texts.decide(SMS_ID, abandonAttempt(0, 1_000, new Date(NOW.getTime() + 60_000)));
  expect(abandoned.events.map(({ type }) => type)).toEqual(["SmsOutcomeUnknown"]);
});
