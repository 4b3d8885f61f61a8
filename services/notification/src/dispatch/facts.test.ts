import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { suppressionList } from "../suppression/list.ts";
import { twilioWords } from "../twilio/words.ts";
import { createFacts } from "./facts.ts";
import { createTexts } from "./texts.ts";

const NOON = new Date("2026-03-09T12:00:00.000Z");
const LINK = "BRQ0001ABC";
const PHONE = "+447700900123";

const setUp = async (now = () => NOON) => {
  const store = memoryEventStore(() => NOON);
  const append = async (stream: string, type: string, data: object) => {
    const event = { id: crypto.randomUUID(), type, data, metadata: { service: "test" } };
    await store.append(stream, [event], (await store.read(stream)).at(-1)?.revision ?? "no_stream");
  };
  await append("registration-r1", "RegistrationCompleted", {
    registrationId: "r1",
    child: { firstName: "Ann", lastName: "Lee" },
    parent: { firstName: "Sam", lastName: "Lee" },
    parentPhone: PHONE,
    acceptedAt: "2026-03-02T12:00:00.000Z",
  });
  await append("registration-r1", "ParentPhoneCorrected", { registrationId: "r1", parentPhone: PHONE, count: 3 });
  await append(`payment-${LINK}`, "PaymentTokenCreated", { registrationId: "r1", billingRequestId: LINK });
  const suppression = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now } });
  const facts = createFacts({
    store,
    texts: createTexts({ store, words: twilioWords, now }),
    words: twilioWords,
    suppression,
    changedLinks: { has: () => undefined },
    reminders: 3,
    now,
  });
  const about = (purpose: TextPurpose, count: number) => ({
    smsId: smsIdOf("r1", purpose, count),
    registrationId: "r1",
    billingRequestId: LINK,
    purpose,
    count,
  });
  const request = (purpose: TextPurpose, count: number, requestedAt: string) => {
    const data = { ...about(purpose, count), to: PHONE, body: "a text", encoding: "GSM-7", segments: 1, requestedAt };
    return append(`sms-${smsIdOf("r1", purpose, count)}`, "SmsRequested", data);
  };
  const say = (purpose: TextPurpose, count: number, type: string, data: object) =>
    append(`sms-${smsIdOf("r1", purpose, count)}`, type, data);
  return { facts, about, request, say, append };
};

test("of two texts for one corrected number, the later one in the log waits and is then dropped", async () => {
  const { facts, about, request, say } = await setUp();
  // The third correction's text is in the log before the first one's.
  await request("corrected_phone", 3, "2026-03-09T11:59:59.900Z");
  await request("corrected_phone", 1, "2026-03-09T11:59:59.000Z");
  const look = async (count: number) => {
    const { anotherFirst, anotherWent, anotherWaits } = await facts.circumstances(about("corrected_phone", count));
    return { anotherFirst, anotherWent, anotherWaits };
  };
  const free = { anotherFirst: false, anotherWent: false, anotherWaits: false };
  expect(await look(3)).toEqual(free);
  expect(await look(1)).toEqual({ ...free, anotherFirst: true });

  await say("corrected_phone", 3, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt: NOON.toISOString() });
  expect(await look(1)).toEqual({ ...free, anotherWent: true });
  await say("corrected_phone", 3, "SmsOutcomeUnknown", { attempt: 1, reason: "", askAt: NOON.toISOString() });
  expect(await look(1)).toEqual({ ...free, anotherWent: true });
});

test("a text for a corrected number is sent if the one before it was withdrawn unsent", async () => {
  const { facts, about, request, say } = await setUp();
  await request("corrected_phone", 1, "2026-03-09T11:59:59.000Z");
  await request("corrected_phone", 3, "2026-03-09T11:59:59.900Z");
  await say("corrected_phone", 1, "SmsWithdrawn", { code: "superseded", withdrawnAt: NOON.toISOString() });
  const { anotherFirst, anotherWent } = await facts.circumstances(about("corrected_phone", 3));
  expect([anotherFirst, anotherWent]).toEqual([false, false]);
});

test("of reminders held back together, only the last is sent", async () => {
  const { facts, about, request } = await setUp();
  for (const count of [1, 2, 3]) await request("reminder", count, `2026-03-0${3 + 2 * count - 1}T12:00:00.000Z`);
  const went = await Promise.all([1, 2, 3].map((count) => facts.circumstances(about("reminder", count))));
  expect(went.map(({ anotherWent }) => anotherWent)).toEqual([true, true, false]);
});

test("a number is refused for a permanent fault, not for a phone that was off, however often", async () => {
  for (const [code, refused] of [
    ["30003", []],
    ["21610", []],
    ["21614", [PHONE]],
    ["30006", [PHONE]],
  ] as const) {
    const { facts, about, request, say } = await setUp();
    await request("payment_link", 0, "2026-03-02T12:00:01.000Z");
    const at = NOON.toISOString();
    await say("payment_link", 0, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt: at });
    await say("payment_link", 0, "SmsRejected", { attempt: 1, code, reason: "", rejectedAt: at });
    const { refusedNumbers } = await facts.circumstances(about("resend", 1));
    expect(refusedNumbers, code).toEqual(refused);
  }
});

test("at night only answers to what a parent has just done are sent, and texts that wait for the morning do not hold them back", async () => {
  const { facts, about, request } = await setUp(() => new Date("2026-03-10T05:30:00.000Z"));
  const quiet = async (purpose: TextPurpose) => (await facts.circumstances(about(purpose, 1))).quiet;
  for (const purpose of ["payment_link", "resend", "corrected_phone", "confirmation"] as const)
    expect(await quiet(purpose), purpose).toBe(false);
  for (const purpose of ["reminder", "reopened"] as const) expect(await quiet(purpose), purpose).toBe(true);
  await request("reopened", 1, "2026-03-10T05:29:00.000Z");
  const { anotherWaits } = await facts.circumstances(about("resend", 1));
  expect(anotherWaits).toBe(false);
});

test("a number that refused a reminder stays refused when the fee is asked for again", async () => {
  const { facts, about, request, say, append } = await setUp();
  await request("reminder", 1, "2026-03-05T12:00:00.000Z");
  await say("reminder", 1, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt: NOON.toISOString() });
  const rejected = { attempt: 1, code: "21614", reason: "", rejectedAt: NOON.toISOString() };
  await say("reminder", 1, "SmsRejected", rejected);
  await append(`payment-${LINK}`, "PaymentLinkReopened", { requestId: "BRQ0002", count: 1, feePence: 100 });
  expect((await facts.circumstances(about("reminder", 101))).refusedNumbers).toEqual([PHONE]);
});

test("a family gets one reminder a day, whether due by itself or asked for by an operator", async () => {
  for (const [first, second, countOf] of [
    ["reminder", "asked_reminder", 1],
    ["asked_reminder", "reminder", 2],
  ] as const) {
    const { facts, about, request, say, append } = await setUp();
    await append("registration-r1", "ReminderRequested", { registrationId: "r1", count: 1 });
    const went = async () => (await facts.circumstances(about(second, countOf))).anotherWent;
    await request(first, 1, "2026-03-08T20:00:00.000Z");
    // It waits for the morning and is sent then.
    expect(await went(), first).toBe(true);
    const startedAt = "2026-03-09T08:00:00.000Z";
    await say(first, 1, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt });
    expect(await went(), first).toBe(true);
    const tomorrow = await setUp(() => new Date("2026-03-10T09:00:00.000Z"));
    await tomorrow.append("registration-r1", "ReminderRequested", { registrationId: "r1", count: 1 });
    await tomorrow.request(first, 1, "2026-03-08T20:00:00.000Z");
    await tomorrow.say(first, 1, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt });
    expect((await tomorrow.facts.circumstances(tomorrow.about(second, countOf))).anotherWent, first).toBe(false);
  }
});

test("a snooze lasts until its time or for the season", async () => {
  for (const [until, snoozed] of [
    ["2026-03-09T12:00:00.001Z", true],
    ["2026-03-09T12:00:00.000Z", false],
    ["season", true],
  ] as const) {
    const { facts, about, append } = await setUp();
    await append("registration-r1", "RegistrationSnoozed", { registrationId: "r1", until });
    expect((await facts.circumstances(about("reminder", 1))).snoozed, until).toBe(snoozed);
  }
});
