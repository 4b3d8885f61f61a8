import { DatabaseSync } from "node:sqlite";
import { smsIdOf } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { expect, test } from "vitest";
import { twilioWords } from "../twilio/words.ts";
import { releaseTexts, textsProjection } from "./texts.ts";

const timing = { abandonedAfterMs: 20_000, evidenceMs: 60_000 };
const requestedAt = Date.parse("2026-09-01T10:00:00Z");

/** A text that waits to be sent. */
const requested = (registrationId: string, more: object = {}): StoredEvent => {
  const smsId = smsIdOf(registrationId, "payment_link", 0);
  return {
    id: smsId,
    stream: `sms-${smsId}`,
    type: "SmsRequested",
    data: {
      smsId,
      registrationId,
      billingRequestId: "BRQ000123ABC",
      purpose: "payment_link",
      count: 0,
      to: "+447700900123",
      body: "A text",
      encoding: "GSM-7",
      segments: 1,
      expectedPricePence: 4,
      requestedAt: new Date(requestedAt).toISOString(),
      ...more,
    },
    metadata: { service: "notification" },
    revision: 0n,
    position: 1n,
    created: new Date(requestedAt),
  };
};

test("rows that an ended process had taken are due again by the events, and those that wait for their time still wait", () => {
  const db = new DatabaseSync(":memory:");
  const projection = textsProjection(timing, twilioWords);
  db.exec(projection.schema);
  const fold = projection.prepare(db);
  const notBefore = new Date(requestedAt + 40_000).toISOString();
  fold(requested("in-hand"));
  fold(requested("not-yet", { notBefore }));
  const nowMs = requestedAt + 5_000;
  const takenUntil = nowMs + 55_000;
  db.prepare("UPDATE texts SET due_at = ?").run(takenUntil);
  releaseTexts(db, timing, nowMs, nowMs + 60_000);
  const due = db.prepare("SELECT registration_id, due_at FROM texts ORDER BY registration_id").all();
  expect(due.map((row) => ({ ...row }))).toEqual([
    { registration_id: "in-hand", due_at: requestedAt },
    { registration_id: "not-yet", due_at: Date.parse(notBefore) },
  ]);
});
