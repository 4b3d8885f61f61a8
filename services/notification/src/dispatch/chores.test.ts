import { Fault, type SmsEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { RECEIPT_LIMIT_MS } from "../sms/decide.ts";
import { suppressionList } from "../suppression/list.ts";
import { createChores } from "./chores.ts";
import { createFacts } from "./facts.ts";
import type { Gateway } from "./gateway.ts";

const SMS_ID = requested.data.smsId;
const SIDS = [`SM${"0".repeat(32)}`, `SM${"1".repeat(32)}`] as const;
const START = Date.parse("2026-03-02T12:00:00.000Z");
const at = new Date(START).toISOString();

/** A text of which Twilio took two messages, and has reported nothing. */
const taken: readonly SmsEvent[] = [
  requested as SmsEvent,
  { type: "SmsAttemptStarted", data: { attempt: 1, attemptId: `${SMS_ID}.1`, startedAt: at } },
  ...SIDS.map((providerMessageId): SmsEvent => {
    return { type: "SmsAccepted", data: { attempt: 1, providerMessageId, via: "callback", acceptedAt: at } };
  }),
];

const setUp = async (fetch: Gateway["fetch"]) => {
  const clock = { ms: START };
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const events = taken.map((event) => ({ id: crypto.randomUUID(), ...event, metadata: { service: "test" } }));
  await store.append(`sms-${SMS_ID}`, events, "no_stream");
  const suppression = suppressionList(store, "notification");
  const chores = createChores({
    store,
    facts: createFacts({ store, changedLinks: { has: () => undefined }, suppression, reminders: 0, now }),
    gateway: { fetch, list: async () => [], send: async () => ({ kind: "unknown", reason: "nobody sends here" }) },
    now,
    random: () => 0.5,
    timing: { abandonedAfterMs: 20_000, evidenceMs: 60_000 },
    onSuperseded: async () => {},
    onReport: async () => {},
    onStillUnknown: () => {},
  });
  const told = async () => (await store.read(`sms-${SMS_ID}`)).slice(taken.length).map(({ type }) => type);
  return { clock, chores, told };
};

test("after 72 hours a text ends although Twilio still cannot say what became of it", async () => {
  const { clock, chores, told } = await setUp(async () => {
    throw new Fault("provider_unavailable");
  });
  clock.ms += RECEIPT_LIMIT_MS - 1;
  await expect(chores.poll(SMS_ID)).rejects.toThrow(Fault);
  expect(await told()).toEqual([]);
  clock.ms += 1;
  expect(await chores.poll(SMS_ID)).toBe("never");
  expect(await told()).toEqual(["SmsGivenUp"]);
});

test("a message that cannot be asked for keeps no other of its text from being asked for", async () => {
  const { chores, told } = await setUp(async (providerMessageId) => {
    if (providerMessageId === SIDS[0]) throw new Fault("provider_unavailable");
    return { providerMessageId, status: "delivered" };
  });
  await expect(chores.poll(SMS_ID)).rejects.toThrow(Fault);
  expect(await told()).toEqual(["SmsStatusReported"]);
});
