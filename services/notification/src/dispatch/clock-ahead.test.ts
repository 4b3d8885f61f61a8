import { DatabaseSync } from "node:sqlite";
import { type SmsEvent, smsIdOf } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { textsProjection } from "../projections/texts.ts";
import {
  abandonAttempt,
  observeAbsence,
  recordOutcome,
  requestText,
  SECOND_LOOK_FACTOR,
  startAttempt,
} from "../sms/decide.ts";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { createDueTexts } from "./due-texts.ts";
import { createLine } from "./line.ts";
import { createTexts, nothingYet } from "./texts.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOW = Date.parse("2026-03-02T12:00:00.000Z");
/** What the clock showed for a few seconds before it was corrected. */
const AHEAD = NOW + 30 * HOUR;
const timing = { abandonedAfterMs: 20_000, evidenceMs: MINUTE };
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
const SMS_ID = smsIdOf("r1", "payment_link", 0);
const textData = (at: number, more = {}) => {
  const data = requested.data as Extract<SmsEvent, { type: "SmsRequested" }>["data"];
  return { ...data, smsId: SMS_ID, registrationId: "r1", requestedAt: new Date(at).toISOString(), ...more };
};

/** A text handled while the clock was ahead, and its row once the clock is right. */
const setUp = async (claim: boolean, more = {}) => {
  const clock = { ms: AHEAD };
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const texts = createTexts({ store, words: twilioWords, now });
  await texts.decide(SMS_ID, requestText(textData(AHEAD, more), calm, claim, now()), {}, nothingYet);
  const queue = async () => {
    const db = new DatabaseSync(":memory:");
    const projection = textsProjection(timing, twilioWords);
    db.exec(projection.schema);
    const apply = projection.prepare(db);
    for (const event of await store.read(`sms-${SMS_ID}`)) apply(event);
    const due = createDueTexts(db, now);
    due.bringForward();
    /** Whether the chore becomes due after that time, and no earlier. */
    return (what: "send" | "abandon" | "ask" | "poll", withinMs: number) => {
      clock.ms += withinMs - 1_000;
      if (withinMs > 1_000) expect(due.isAnyDue(what)).toBe(false);
      clock.ms += 1_000;
      due.bringForward();
      return due.take(what, 1).length === 1;
    };
  };
  return { clock, now, texts, queue };
};

test("a text requested while the clock was ahead is sent at once", async () => {
  const { clock, texts, queue, now } = await setUp(false);
  clock.ms = NOW;
  expect((await queue())("send", 0)).toBe(true);
  expect((await texts.decide(SMS_ID, startAttempt(calm, now()))).events).not.toEqual([]);
});

test("a text with a start time waits as long as planned, and no longer", async () => {
  const notBefore = new Date(AHEAD + MINUTE).toISOString();
  const { clock, texts, queue, now } = await setUp(false, { notBefore });
  clock.ms = NOW;
  expect((await queue())("send", MINUTE)).toBe(true);
  expect((await texts.decide(SMS_ID, startAttempt(calm, now()))).events).not.toEqual([]);
});

test("a retry waits no longer than planned", async () => {
  const { clock, texts, queue, now } = await setUp(true);
  const outcome = { kind: "refused", failure: { ...failureOf("20429"), retryAfterMs: 2 * MINUTE } } as const;
  await texts.decide(SMS_ID, recordOutcome({ attempt: 1, outcome, now: now(), jitter: 0, evidenceMs: MINUTE }));
  clock.ms = NOW;
  expect((await queue())("send", 2 * MINUTE)).toBe(true);
  expect((await texts.decide(SMS_ID, startAttempt(calm, now()))).events).not.toEqual([]);
});

test("an attempt without an outcome is abandoned on time, and evidence is asked for", async () => {
  const { clock, texts, queue, now } = await setUp(true);
  clock.ms = NOW;
  expect((await queue())("abandon", timing.abandonedAfterMs)).toBe(true);
  const abandoned = await texts.decide(SMS_ID, abandonAttempt(timing.abandonedAfterMs, MINUTE, now()));
  expect(abandoned.events).toMatchObject([
    { type: "SmsOutcomeUnknown", data: { askAt: new Date(clock.ms + MINUTE).toISOString() } },
  ]);
});

test("an unknown outcome waits no longer than usual for evidence", async () => {
  const { clock, texts, queue, now } = await setUp(true);
  const outcome = { kind: "unknown", reason: "a time-out" } as const;
  await texts.decide(SMS_ID, recordOutcome({ attempt: 1, outcome, now: now(), jitter: 0, evidenceMs: MINUTE }));
  clock.ms = NOW;
  expect((await queue())("ask", SECOND_LOOK_FACTOR * MINUTE)).toBe(true);
  expect((await texts.decide(SMS_ID, observeAbsence(1, MINUTE, now()))).events).not.toEqual([]);
});

test("a row in progress is left to its worker, and one that waits for the morning keeps waiting", async () => {
  const clock = { ms: NOW };
  const now = () => new Date(clock.ms);
  const db = new DatabaseSync(":memory:");
  const projection = textsProjection(timing, twilioWords);
  db.exec(projection.schema);
  const store = memoryEventStore(now);
  const texts = createTexts({ store, words: twilioWords, now });
  await texts.decide(SMS_ID, requestText(textData(NOW), calm, false, now()), {}, nothingYet);
  const apply = projection.prepare(db);
  for (const event of await store.read(`sms-${SMS_ID}`)) apply(event);
  const due = createDueTexts(db, now);
  const [taken] = due.take("send", 1);
  due.bringForward();
  expect(due.isAnyDue("send")).toBe(false);
  if (taken) due.lookAgain(taken, NOW + 11 * HOUR);
  due.bringForward();
  expect(due.isAnyDue("send")).toBe(false);
  clock.ms = NOW + 11 * HOUR;
  expect(due.isAnyDue("send")).toBe(true);
});

test("a lease taken while the clock was ahead does not count", async () => {
  const clock = { ms: NOW + 3 * HOUR };
  const now = () => new Date(clock.ms);
  const store = memoryEventStore(now);
  const [one, other] = [createLine(store, "one", now), createLine(store, "other", now)];
  expect(await one.take()).toMatchObject({ mine: true });
  expect(await other.take()).toMatchObject({ mine: false });
  clock.ms = NOW;
  expect(one.isMine()).toBe(false);
  expect(await other.take()).toMatchObject({ mine: true });
  expect(await one.take()).toMatchObject({ mine: false });
});
