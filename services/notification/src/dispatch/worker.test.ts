import { join } from "node:path";
import { Fault, smsIdOf } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { openDatabase } from "@touchline/projections";
import { systemRuntime } from "@touchline/service/runtime";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { textsProjection } from "../projections/texts.ts";
import type { SendOutcome } from "../sms/decide.ts";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { createGate } from "./gate.ts";
import { createTextSender, type SendSlot } from "./text-sender.ts";
import { createWorker, type WorkerOptions } from "./worker.ts";

const timing = { abandonedAfterMs: 20_000, evidenceMs: 60_000 };

let stop = () => {};
beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-09-07T12:00:00.000Z") }));
afterEach(() => {
  stop();
  vi.useRealTimers();
});

type Doing = Pick<WorkerOptions, "chores"> & Partial<Pick<WorkerOptions, "sender">>;

/** A worker on three texts that are due. Without guards: nothing that is due may need them. */
const runtime = { ...systemRuntime(), every: () => () => {} };
const setUpWorker = async ({ chores, sender = idleSender }: Doing) => {
  const folder = temporaryFolder("worker");
  const projection = textsProjection(timing, twilioWords);
  const db = openDatabase(join(folder.path, "texts.sqlite"), projection);
  const store = memoryEventStore();
  const apply = projection.prepare(db);
  for (const registrationId of ["r1", "r2", "r3"]) {
    const smsId = smsIdOf(registrationId, "payment_link", 0);
    const event = { id: smsId, ...requested, data: { ...requested.data, smsId, registrationId } };
    await store.append(`sms-${smsId}`, [{ ...event, metadata: { service: "test" } }], "no_stream");
    for (const stored of await store.read(`sms-${smsId}`)) apply(stored);
  }
  const ending = new AbortController();
  const onFault = (error: unknown) => expect(error).toBeInstanceOf(Fault);
  const worker = createWorker({ db, timing, runtime, sender, chores, signal: ending.signal, onFault });
  stop = () => {
    ending.abort();
    db.close();
    folder.remove();
  };
  return { db, worker };
};

const idleSender = {
  slot: () => undefined,
  isReady: () => false,
  room: () => 0,
  waitMs: () => 0,
  onFreed: () => {},
} as never;

/** The moments at which the provider is called for three texts that are due until it takes them. */
const setUp = async (outcome: () => SendOutcome) => {
  const startedMs = Date.now();
  const calledMs: number[] = [];
  const gateway = {
    send: async () => {
      calledMs.push(Date.now() - startedMs);
      await runtime.sleep(100);
      return outcome();
    },
  };
  const gate = createGate(runtime);
  const texts = { decide: async () => {} };
  const options = { texts, gateway, gate, runtime, evidenceMs: timing.evidenceMs, maxInFlight: 8 };
  const sender = createTextSender(options as never);
  const send = async (smsId: string, slot: SendSlot) => {
    const text = { smsId, to: "", body: "", registrationId: "", attempts: [{}] };
    await slot.run({ state: text } as never);
    return outcome().kind === "accepted" ? ("never" as const) : Date.now();
  };
  const { worker } = await setUpWorker({ sender, chores: { send } as never });
  return { worker, calledMs };
};

test("while texts are held back, one is tried at the end of each hold, and there is no look in between", async () => {
  const { worker, calledMs } = await setUp(() => ({ kind: "refused", failure: failureOf("20003") }));
  worker.start();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(calledMs).toEqual([0, 5_100, 15_200]);
  // What is due next is the end of the hold.
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersToNextTimer();
  await vi.advanceTimersByTimeAsync(0);
  expect(calledMs.at(-1)).toBe(35_300);
});

test("as soon as the one that was tried is taken, the others go", async () => {
  const { worker, calledMs } = await setUp(() => ({ kind: "accepted", providerMessageId: "SM1" }));
  worker.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calledMs).toEqual([0, 125, 125]);
});

test.each([
  ["ask", "ask"],
  ["ask", "poll"],
  ["poll", "poll"],
] as const)("a text whose %s always fails does not stop the %s of another", async (failing, other) => {
  const called: string[] = [];
  const chore = async (smsId: string) => {
    called.push(smsId);
    if (smsId === "failing") throw new Fault("provider_unavailable");
    return "never" as const;
  };
  const { db, worker } = await setUpWorker({ chores: { ask: chore, poll: chore } as never });
  const rows = db.prepare("SELECT sms_id FROM texts ORDER BY requested_at, position").all();
  const plan = db.prepare("UPDATE texts SET sms_id = ?, due_what = ?, due_at = ?, due_wait = 600000 WHERE sms_id = ?");
  const [oldest, newer, last] = rows.map(({ sms_id }) => String(sms_id));
  plan.run("failing", failing, Date.now(), String(oldest));
  plan.run("other", other, Date.now() + 600_000, String(newer));
  plan.run("never", "ask", null, String(last));
  worker.start();
  await vi.advanceTimersByTimeAsync(590_000);
  expect(called).not.toContain("other");
  await vi.advanceTimersByTimeAsync(130_000);
  expect(called).toContain("other");
});
