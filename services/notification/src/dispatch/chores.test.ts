import { Fault, type SmsEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { RECEIPT_LIMIT_MS } from "../sms/decide.ts";
import { suppressionList } from "../suppression/list.ts";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { createChores } from "./chores.ts";
import { createFacts } from "./facts.ts";
import { createGate } from "./gate.ts";
import type { SmsGateway } from "./sms-gateway.ts";
import { createTexts } from "./texts.ts";

const SMS_ID = requested.data.smsId;
const SIDS = [`SM${"0".repeat(32)}`, `SM${"1".repeat(32)}`] as const;
const START = Date.parse("2026-03-02T12:00:00.000Z");
const at = new Date(START).toISOString();

/** A text of which Twilio took two messages and reported on neither. */
const taken: readonly SmsEvent[] = [
  requested as SmsEvent,
  { type: "SmsAttemptStarted", data: { attempt: 1, attemptId: `${SMS_ID}.1`, startedAt: at } },
  ...SIDS.map((providerMessageId): SmsEvent => {
    return { type: "SmsAccepted", data: { attempt: 1, providerMessageId, via: "callback", acceptedAt: at } };
  }),
];

const setUp = async (fetch: SmsGateway["fetch"]) => {
  const clock = { ms: START };
  const reports: string[] = [];
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const events = taken.map((event) => ({ id: crypto.randomUUID(), ...event, metadata: { service: "test" } }));
  await store.append(`sms-${SMS_ID}`, events, "no_stream");
  const runtime = { ...systemRuntime(), now, random: () => 0.5 };
  const suppression = suppressionList({ store, service: "notification", runtime });
  const texts = createTexts({ store, words: twilioWords, now });
  const changedLinks = { has: () => undefined };
  const chores = createChores({
    texts,
    facts: createFacts({ store, texts, words: twilioWords, changedLinks, suppression, reminders: 0, now }),
    gateway: {
      fetch,
      list: async () => [],
      received: async () => [],
      redact: async () => {},
      send: async () => ({ kind: "unknown", reason: "this test sends nothing" }),
    },
    gate: createGate({ monotonicMs: () => clock.ms }),
    runtime,
    timing: { abandonedAfterMs: 20_000, evidenceMs: 60_000 },
    onSuperseded: async () => {},
    onReport: async (_text, { status }, isNews) => void reports.push(`${status}${isNews ? "" : " again"}`),
    onStillUnknown: () => {},
  });
  const appended = async () => (await store.read(`sms-${SMS_ID}`)).slice(taken.length).map(({ type }) => type);
  return { clock, chores, appended, reports };
};

test("after 72 hours a text ends, even if Twilio still cannot say what became of it", async () => {
  const { clock, chores, appended } = await setUp(async () => {
    throw new Fault("provider_unavailable");
  });
  clock.ms += RECEIPT_LIMIT_MS - 1;
  await expect(chores.poll(SMS_ID)).rejects.toThrow(Fault);
  expect(await appended()).toEqual([]);
  clock.ms += 1;
  expect(await chores.poll(SMS_ID)).toBe("never");
  expect(await appended()).toEqual(["SmsGivenUp", "TextStatusChanged"]);
});

test("if one message of a text cannot be read, the others are still polled", async () => {
  const { chores, appended } = await setUp(async (providerMessageId) => {
    if (providerMessageId === SIDS[0]) throw new Fault("provider_unavailable");
    return { providerMessageId, status: "delivered", stage: "delivered" };
  });
  await expect(chores.poll(SMS_ID)).rejects.toThrow(Fault);
  expect(await appended()).toEqual(["SmsStatusReported", "TextStatusChanged"]);
});

test("a report that only adds the price is recorded, but blames nothing again", async () => {
  const failed = { status: "failed", stage: "failed", failure: failureOf("30007") } as const;
  let price = {};
  const { chores, appended, reports } = await setUp(async (providerMessageId) => ({
    providerMessageId,
    ...failed,
    ...price,
  }));
  await chores.poll(SMS_ID);
  expect(reports).toEqual(["failed", "failed"]);
  const before = (await appended()).length;
  price = { priceMicros: 40_000 };
  await chores.poll(SMS_ID);
  expect(reports.slice(2)).toEqual(["failed again", "failed again"]);
  expect((await appended()).slice(before)).toEqual(["SmsStatusReported", "SmsStatusReported"]);
});
