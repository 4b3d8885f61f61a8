import { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import type { ProjectionStatus } from "@touchline/projections";
import { systemRuntime } from "@touchline/service/runtime";
import { eventually } from "@touchline/testing";
import { expect, onTestFinished, test } from "vitest";
import { textsProjection } from "../projections/texts.ts";
import { twilioWords } from "../twilio/words.ts";
import { createTextRepliedTo } from "./text-replied-to.ts";
import { textedNumbers } from "./texted-numbers.ts";

const PHONE = "+447700900123";
const at = (minute: number) => `2026-09-01T10:${String(minute).padStart(2, "0")}:00.000Z`;

/** Texts by child. The view is brought up to date before each look. */
const texted = async (state: ProjectionStatus["state"] = "live") => {
  const store = memoryEventStore();
  const numbers = textedNumbers(store);
  const ended = new AbortController();
  const following = numbers.follow(ended.signal, (error) => expect.unreachable(String(error)));
  onTestFinished(async () => {
    ended.abort();
    await following;
  });
  const db = new DatabaseSync(":memory:");
  const projection = textsProjection({ evidenceMs: 1_000, abandonedAfterMs: 1_000 }, twilioWords);
  db.exec(projection.schema);
  const fold = projection.prepare(db);
  let shown: bigint | undefined;
  const catchUp = async () => {
    for await (const event of store.readAll({ after: shown })) {
      fold(event);
      shown = event.position;
    }
  };
  let ms = 0;
  const runtime = {
    monotonicMs: () => ms,
    sleep: (forMs: number) => {
      ms += forMs;
      return systemRuntime().sleep(1);
    },
  };
  const view = { db, status: () => ({ state, reason: "", error: undefined }) as ProjectionStatus };
  const find = createTextRepliedTo({ numbers, view, runtime });
  const append = async (id: string, type: string, data: object) => {
    const last = (await store.read(`sms-${id}`)).at(-1)?.revision;
    const event = { id: crypto.randomUUID(), type, data, metadata: { service: "test" } };
    await store.append(`sms-${id}`, [event], last ?? "no_stream");
  };
  return {
    append,
    textsTo: (phone: string) => numbers.textsTo(phone),
    find: async (replyId: string, phone = PHONE) => {
      await catchUp();
      return find(phone, replyId);
    },
    request: async (id: string, to = PHONE) => {
      const about = { smsId: id, registrationId: `of-${id}`, billingRequestId: "BRQ0001", purpose: "payment_link" };
      await append(id, "SmsRequested", { ...about, count: 0, to, segments: 1, requestedAt: at(0) });
      await eventually(() => numbers.textsTo(to).includes(id));
    },
    start: (id: string, minute: number, attempt = 1) =>
      append(id, "SmsAttemptStarted", { attempt, attemptId: `${id}.${attempt}`, startedAt: at(minute) }),
  };
};

test("of two siblings, a reply is about the one whom the number was last texted about", async () => {
  const { request, start, find } = await texted();
  await request("ann");
  await request("ben");
  expect(await find("SM1")).toBeUndefined();
  await start("ben", 1);
  await start("ann", 2);
  expect(await find("SM1")).toBe("ann");
  await start("ben", 3, 2);
  expect(await find("SM1")).toBe("ben");
  expect(await find("SM1", "+447700900124")).toBeUndefined();
});

test("a text that was never sent cannot be replied to", async () => {
  const { request, start, append, find } = await texted();
  await request("ann");
  await start("ann", 1);
  await request("ben");
  await start("ben", 2);
  await append("ben", "SmsRejected", { attempt: 1, code: "21610", reason: "", rejectedAt: at(2) });
  expect(await find("SM1")).toBe("ann");
});

test("a repeated reply stays with its text, even if another text was sent since", async () => {
  const { request, start, append, find, textsTo } = await texted();
  await request("ann");
  await start("ann", 1);
  const reply = { registrationId: "of-ann", replyId: "SM1", body: "who is this?", receivedAt: at(2) };
  await append("ann", "ReplyReceived", reply);
  await request("ben");
  await start("ben", 3);
  expect([await find("SM1"), await find("SM2")]).toEqual(["ann", "ben"]);
  await append("ann", "SmsErased", { registrationId: "of-ann", erasedAt: at(4) });
  await eventually(() => !textsTo(PHONE).includes("ann"));
  expect(await find("SM1")).toBe("ben");
  await append("ben", "SmsErased", { registrationId: "of-ben", erasedAt: at(5) });
  await eventually(() => textsTo(PHONE).length === 0);
});

test("while the view is behind, a parent is not taken for a stranger", async () => {
  const { request, start, find } = await texted("catching_up");
  await expect(find("SM1")).rejects.toThrow(Fault);
  await request("ann");
  await start("ann", 1);
  expect(await find("SM1")).toBe("ann");
});
