import { join } from "node:path";
import { smsIdOf } from "@touchline/contracts";
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
import { createWorker } from "./worker.ts";

const timing = { abandonedAfterMs: 20_000, evidenceMs: 60_000 };

let stop = () => {};
beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-09-07T12:00:00.000Z") }));
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** Three texts that are due until the provider takes them, and the moments at which it is called. */
const setUp = async (outcome: () => SendOutcome) => {
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
  // Without guards: nothing that is due may need them.
  const runtime = { ...systemRuntime(), every: () => () => {} };
  const ending = new AbortController();
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
  const worker = createWorker({
    db,
    timing,
    runtime,
    sender,
    signal: ending.signal,
    onFault: (error) => expect(error).toBeUndefined(),
    chores: { send } as never,
  });
  stop = () => {
    ending.abort();
    db.close();
    folder.remove();
  };
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
