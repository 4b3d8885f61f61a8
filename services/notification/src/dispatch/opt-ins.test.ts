import { DatabaseSync } from "node:sqlite";
import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { textsProjection } from "../projections/texts.ts";
import { recordOutcome, requestText, startAttempt } from "../sms/decide.ts";
import { recordReport } from "../sms/report.ts";
import { suppressionList } from "../suppression/list.ts";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { createFacts } from "./facts.ts";
import { reviveHeldBack } from "./opt-ins.ts";
import { createTexts, nothingYet } from "./texts.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const PHONE = "+447700900123";
const LINK = "BRQ0001ABC";
const now = () => NOW;
const how = { via: "inbound" } as const;
const by = { service: "test" };
const delivered = { providerMessageId: "SM1", status: "delivered", stage: "delivered" } as const;
const blocked = {
  providerMessageId: "SM1",
  status: "undelivered",
  stage: "undelivered",
  failure: failureOf("30004"),
} as const;
const outOfService = { ...blocked, failure: failureOf("30005") } as const;

/** A registration with its link, and what happens to its texts. */
const setUp = async () => {
  const store = memoryEventStore(now);
  const append = async (stream: string, type: string, data: object) => {
    const revision = (await store.read(stream)).at(-1)?.revision ?? "no_stream";
    await store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: by }], revision);
  };
  await append("registration-r1", "RegistrationCompleted", {
    registrationId: "r1",
    child: { firstName: "Ann", lastName: "Lee" },
    parent: { firstName: "Sam", lastName: "Lee" },
    parentPhone: PHONE,
    acceptedAt: NOW.toISOString(),
  });
  await append(`payment-${LINK}`, "PaymentTokenCreated", { registrationId: "r1", billingRequestId: LINK });
  const runtime = { ...systemRuntime(), now };
  const suppression = suppressionList({ store, service: "notification", runtime });
  const texts = createTexts({ store, words: twilioWords, now });
  const changedLinks = { has: () => undefined };
  const facts = createFacts({ store, texts, words: twilioWords, suppression, changedLinks, reminders: 3, now });
  const ask = async (purpose: TextPurpose, count = 0) => {
    const smsId = smsIdOf("r1", purpose, count);
    const about = { smsId, registrationId: "r1", billingRequestId: LINK, purpose, count, to: PHONE };
    const circumstances = await facts.circumstances(about);
    const data = { ...requested.data, ...about, encoding: "GSM-7" as const, requestedAt: NOW.toISOString() };
    await texts.decide(smsId, requestText(data, circumstances, true, NOW), {}, nothingYet);
    return smsId;
  };
  const revive = async () => {
    const db = new DatabaseSync(":memory:");
    const projection = textsProjection({ abandonedAfterMs: 20_000, evidenceMs: 60_000 }, twilioWords);
    db.exec(projection.schema);
    const apply = projection.prepare(db);
    for (const [purpose, count] of [
      ["payment_link", 0],
      ["reminder", 1],
    ] as const)
      for (const event of await store.read(`sms-${smsIdOf("r1", purpose, count)}`)) apply(event);
    return reviveHeldBack({
      db,
      texts,
      facts,
      suppression,
      words: twilioWords,
      now,
      signal: new AbortController().signal,
    });
  };
  /** Whether the text would be sent now. */
  const goes = async (smsId: string) => {
    const { text } = await texts.read(smsId);
    if (!text) return false;
    const claimed = await texts.decide(smsId, startAttempt(await facts.circumstances(text), NOW));
    return claimed.events.some(({ type }) => type === "SmsAttemptStarted");
  };
  return { append, suppression, texts, ask, revive, goes };
};

test("a link that an opt-out held back is sent once the parent wants texts again, and only once", async () => {
  const { suppression, texts, ask, revive, goes } = await setUp();
  await suppression.optOut(PHONE, how, NOW, by);
  const smsId = await ask("payment_link");
  expect(await revive()).toBe(0);
  await suppression.optIn(PHONE, NOW, by);
  expect(await revive()).toBe(1);
  expect((await texts.read(smsId)).text).toMatchObject({ status: "ready", announced: { status: "pending" } });
  expect(await revive()).toBe(0);
  expect(await goes(smsId)).toBe(true);
});

test("if it then fails, it is tried again as any other text is, not at once", async () => {
  const { suppression, texts, ask, revive, goes } = await setUp();
  await suppression.optOut(PHONE, how, NOW, by);
  const smsId = await ask("payment_link");
  await suppression.optIn(PHONE, NOW, by);
  await revive();
  expect(await goes(smsId)).toBe(true);
  const report = { report: outOfService, attempt: 1, via: "callback", now: NOW, jitter: 0 } as const;
  await texts.decide(smsId, recordReport(report, texts.evolve));
  expect((await texts.read(smsId)).text).toMatchObject({ status: "undelivered" });
  expect(await goes(smsId)).toBe(false);
});

test.each(["at the door", "by report"])("so is one that Twilio refused for an opt-out %s", async (where) => {
  const { suppression, texts, ask, revive, goes } = await setUp();
  const smsId = await ask("payment_link");
  const attempt = { attempt: 1, now: NOW, jitter: 0, evidenceMs: 0 };
  if (where === "at the door") {
    const outcome = { kind: "refused", failure: failureOf("21610") } as const;
    await texts.decide(smsId, recordOutcome({ ...attempt, outcome }));
  } else {
    const report = { report: blocked, attempt: 1, via: "callback", now: NOW, jitter: 0 } as const;
    await texts.decide(smsId, recordReport(report, texts.evolve));
  }
  await suppression.optOut(PHONE, how, NOW, by);
  expect(await revive()).toBe(0);
  await suppression.optIn(PHONE, NOW, by);
  expect(await revive()).toBe(1);
  expect(await goes(smsId)).toBe(true);
});

test("a parent who has the link does not get it again because a reminder was held back", async () => {
  const { suppression, texts, ask, revive } = await setUp();
  const smsId = await ask("payment_link");
  const report = { report: delivered, attempt: 1, via: "callback", now: NOW, jitter: 0 } as const;
  await texts.decide(smsId, recordReport(report, texts.evolve));
  await suppression.optOut(PHONE, how, NOW, by);
  await ask("reminder", 1);
  await suppression.optIn(PHONE, NOW, by);
  expect(await revive()).toBe(0);
});

test.each([
  ["paid for", `payment-${LINK}`, "PaymentStatusChanged", { billingRequestId: LINK, status: "paid" }],
  ["of a cancelled registration", "registration-r1", "RegistrationCancelled", { registrationId: "r1" }],
])("a link that is %s in the meantime is not sent", async (_, stream, type, data) => {
  const { append, suppression, ask, revive, goes } = await setUp();
  await suppression.optOut(PHONE, how, NOW, by);
  const smsId = await ask("payment_link");
  await append(stream, type, data);
  await suppression.optIn(PHONE, NOW, by);
  await revive();
  expect(await goes(smsId)).toBe(false);
});
