import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { SmsEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import log from "../../test/fixtures/log-before-announcements.json" with { type: "json" };
import { textsProjection } from "../projections/texts.ts";
import { recordReport } from "../sms/report.ts";
import { twilioWords } from "../twilio/words.ts";
import { announceOldTexts } from "./backfill.ts";
import { createTexts } from "./texts.ts";

const NOW = new Date("2026-04-01T12:00:00.000Z");
const smsIdOf = ([first]: readonly { data: object }[]) =>
  first && "smsId" in first.data ? String(first.data.smsId) : "";

/** A store with a log from before announcements existed, and its view. */
const setUp = async () => {
  const store = memoryEventStore(() => NOW);
  for (const events of Object.values(log)) {
    const old = events.map(({ type, data }) => ({ id: randomUUID(), type, data, metadata: { service: "test" } }));
    await store.append(`sms-${smsIdOf(events)}`, old, "no_stream");
  }
  const db = new DatabaseSync(":memory:");
  const projection = textsProjection({ abandonedAfterMs: 20_000, evidenceMs: 60_000 }, twilioWords);
  db.exec(projection.schema);
  const apply = projection.prepare(db);
  let position: bigint | undefined;
  const catchUp = async () => {
    for await (const event of store.readAll({ after: position })) {
      apply(event);
      position = event.position;
    }
  };
  await catchUp();
  const texts = createTexts({ store, words: twilioWords, now: () => NOW });
  const pauses: number[] = [];
  const faults: unknown[] = [];
  const options = {
    db,
    texts,
    runtime: { sleep: async (ms: number) => void pauses.push(ms) },
    signal: new AbortController().signal,
    onFault: (error: unknown) => void faults.push(error),
  };
  const announced = async (name: keyof typeof log) =>
    (await store.read<SmsEvent>(`sms-${smsIdOf(log[name])}`)).slice(log[name].length).map(({ data }) => data);
  return { options, announced, catchUp, pauses, faults };
};

test("texts in an old log are announced once, one at a time; erased ones are not", async () => {
  const { options, announced, catchUp, pauses } = await setUp();
  expect(await announceOldTexts(options)).toBe(5);
  const common = { attempt: 1, segments: 1, changedAt: NOW.toISOString() };
  expect(await announced("delivered")).toEqual([
    { ...common, registrationId: "r1", status: "delivered", sentAt: "2026-03-01T12:01:00.000Z" },
  ]);
  expect(await announced("failed, then undelivered")).toMatchObject([
    { status: "undelivered", failure: "number_unreachable", code: "30003", numberProblem: "unreachable" },
  ]);
  expect(await announced("refused")).toMatchObject([
    { status: "failed", failure: "number_not_mobile", code: "21614", numberProblem: "refused" },
  ]);
  expect(await announced("withdrawn")).toMatchObject([{ status: "withdrawn", attempt: 0 }]);
  expect(await announced("given up")).toMatchObject([{ status: "failed", failure: "opted_out", code: "opted_out" }]);
  expect(await announced("erased")).toEqual([]);
  expect(pauses).toHaveLength(5);

  // At the next start, the view shows that nothing is missing.
  await catchUp();
  expect(await announceOldTexts(options)).toBe(0);
  expect(pauses).toHaveLength(5);
  expect(await announced("delivered")).toHaveLength(1);
});

test("the next decision about an old text also announces it, and the backfill has nothing left to do", async () => {
  const { options, announced } = await setUp();
  const smsId = smsIdOf(log["failed, then undelivered"]);
  const report = { providerMessageId: "SM21", status: "delivered", stage: "delivered" } as const;
  const decision = recordReport({ report, via: "poll", now: NOW, jitter: 0 }, options.texts.evolve);
  await options.texts.decide(smsId, decision);
  expect(await announced("failed, then undelivered")).toMatchObject([
    { status: "delivered" },
    { registrationId: "r2", status: "delivered" },
  ]);
  expect(await announceOldTexts(options)).toBe(4);
  expect(await announced("failed, then undelivered")).toHaveLength(2);
});

test("the backfill waits for a store that is briefly away; when the service stops, the rest is left to the next start", async () => {
  const { options, faults } = await setUp();
  const stopping = new AbortController();
  let calls = 0;
  const announceMissing = async (smsId: string) => {
    calls++;
    if (calls === 1) throw new Error("away");
    if (calls === 3) stopping.abort();
    return options.texts.announceMissing(smsId);
  };
  const announced = await announceOldTexts({ ...options, texts: { announceMissing }, signal: stopping.signal });
  expect(announced).toBe(2);
  expect(faults).toHaveLength(1);
});
