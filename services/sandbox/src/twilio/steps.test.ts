import { expect, it } from "vitest";
import { at, message } from "../../test/message.ts";
import type { Message } from "./message.ts";
import { fastLifecycle } from "./options.ts";
import { nextStep } from "./steps.ts";

const stepOf = (values: Partial<Message>, now = at, sendingMs = 2_000) =>
  nextStep(message(values), { ...fastLifecycle, sendingMs }, new Date(now));

const expired = (ms: number) => ({ status: "failed", errorCode: 30036, ms });

it("a text that waits in the queue for longer than its validity expires", () => {
  expect(stepOf({})).toEqual({ status: "sending", ms: 2_000 });
  expect(stepOf({ validitySeconds: 2 })).toEqual({ status: "sending", ms: 2_000 });
  expect(stepOf({ validitySeconds: 1 })).toEqual(expired(1_000));
  expect(stepOf({ validitySeconds: 1 }, "2026-07-01T12:05:00.000Z")).toEqual(expired(0));
  const stuck = { outcome: { status: "queued" } } as const;
  expect(stepOf(stuck)).toBeUndefined();
  expect(stepOf({ ...stuck, validitySeconds: 60 })).toEqual(expired(60_000));
  expect(stepOf({ validitySeconds: 1, status: "sending" })).toEqual({ status: "sent", ms: fastLifecycle.sentMs });
});

it("a scheduled text waits for its time, and its validity starts then", () => {
  const scheduled = { sendAt: "2026-07-01T13:00:00.000Z", validitySeconds: 1 } as const;
  expect(stepOf({ ...scheduled, status: "scheduled" })).toEqual({ status: "queued", ms: 3_600_000 });
  expect(stepOf(scheduled, scheduled.sendAt)).toEqual(expired(1_000));
});

it("a late report follows the end of a text, and nothing follows that", () => {
  const outcome = { status: "undelivered", errorCode: 30008, later: { status: "delivered", afterMs: 5 } } as const;
  expect(stepOf({ outcome, status: "sent" })).toMatchObject({ status: "undelivered", errorCode: 30008 });
  expect(stepOf({ outcome, status: "undelivered" })).toMatchObject({ status: "delivered", ms: 5 });
  expect(stepOf({ outcome, status: "delivered" })).toBeUndefined();
});
