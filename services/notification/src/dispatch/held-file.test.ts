import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { smsIdOf } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { openDatabase } from "@touchline/projections";
import { systemRuntime } from "@touchline/service/runtime";
import { temporaryFolder } from "@touchline/testing";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { startReminders } from "../intake/reminders.ts";
import { remindersProjection } from "../projections/reminders.ts";
import { textsProjection } from "../projections/texts.ts";
import { twilioWords } from "../twilio/words.ts";
import { createWorker } from "./worker.ts";

const timing = { abandonedAfterMs: 20_000, evidenceMs: 60_000 };
const SMS_ID = smsIdOf("r1", "payment_link", 0);

/** Timers that the test fires. */
const manual = () => {
  const works: (() => void)[] = [];
  const every = (_: number, work: () => void) => {
    works.push(work);
    return () => {};
  };
  const fire = () => {
    for (const work of works) work();
  };
  return { runtime: { ...systemRuntime(), every }, fire };
};

test("a file locked by another process costs the worker one look, but no slot and no crash", async () => {
  const folder = temporaryFolder("held");
  const path = join(folder.path, "texts.sqlite");
  const projection = textsProjection(timing, twilioWords);
  const db = openDatabase(path, projection);
  const store = memoryEventStore();
  const event = { id: "e1", ...requested, data: { ...requested.data, smsId: SMS_ID, registrationId: "r1" } };
  await store.append(`sms-${SMS_ID}`, [{ ...event, metadata: { service: "test" } }], "no_stream");
  const apply = projection.prepare(db);
  for (const stored of await store.read(`sms-${SMS_ID}`)) apply(stored);

  const { runtime, fire } = manual();
  const ending = new AbortController();
  const faults: unknown[] = [];
  const sent: string[] = [];
  let free = 1;
  const worker = createWorker({
    db,
    timing,
    runtime,
    signal: ending.signal,
    onFault: (error) => faults.push(error),
    chores: { send: async (smsId: string) => void sent.push(smsId) } as never,
    sender: {
      slot: () => (free-- > 0 ? {} : undefined),
      room: () => free,
      waitMs: () => 0,
      onFreed: () => {},
    } as never,
  });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  worker.start();
  expect(faults.length).toBeGreaterThan(0);
  expect(faults[0]).toMatchObject({ code: "view_unavailable" });
  expect(free).toBe(1);
  other.close();
  fire();
  expect(sent).toEqual([SMS_ID]);
  await worker.idle();
  ending.abort();
  db.close();
  folder.remove();
});

test("a file locked by another process costs reminders one look", async () => {
  const folder = temporaryFolder("held");
  const path = join(folder.path, "reminders.sqlite");
  const db = openDatabase(path, remindersProjection([7]));
  db.exec("INSERT INTO registrations (registration_id, asked_at, next_at, open) VALUES ('r1', 0, 0, 1)");
  const { runtime, fire } = manual();
  const ending = new AbortController();
  const faults: unknown[] = [];
  const reminders = startReminders({
    db,
    days: [7],
    request: async () => undefined as never,
    runtime,
    signal: ending.signal,
    onFault: (error) => faults.push(error),
  });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  fire();
  await reminders.idle();
  expect(faults).toMatchObject([{ code: "view_unavailable" }, { code: "view_unavailable" }]);
  other.close();
  fire();
  await reminders.idle();
  expect(faults).toHaveLength(2);
  expect(db.prepare("SELECT next_at FROM registrations").get()?.next_at).not.toBe(0);
  ending.abort();
  db.close();
  folder.remove();
});
