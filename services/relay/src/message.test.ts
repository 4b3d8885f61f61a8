import { eventHeaders } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { toMessage } from "./message.ts";

const event = (stream: string, type = "SmsAccepted"): StoredEvent =>
  storedEvent(
    stream,
    type,
    { attempt: 1 },
    {
      id: "5f0c4a3e-6f0b-5a55-8a7b-0a4d3c1b2e1f",
      metadata: { $correlationId: "r1", service: "notification" },
      revision: 2n,
      position: 4096n,
    },
  );

test("a message has the event's place in the log, so that the stream itself is the checkpoint", () => {
  expect(toMessage(event("sms-6f1c"))).toEqual({
    subject: "events.sms.SmsAccepted",
    payload: '{"attempt":1}',
    headers: {
      [eventHeaders.stream]: "sms-6f1c",
      [eventHeaders.revision]: "2",
      [eventHeaders.position]: "4096",
      [eventHeaders.created]: "2026-09-01T10:00:00.000Z",
      [eventHeaders.metadata]: '{"$correlationId":"r1","service":"notification"}',
    },
  });
});

test("the trace context is a separate header, where other programs read it", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const traced = { ...event("sms-6f1c"), metadata: { service: "notification", traceparent } };
  expect(toMessage(traced)?.headers).toMatchObject({ traceparent });
});

test.each([["nodash"], ["-leading"], ["two words-1"], ["a.b-1"], ["a*-1"]])(
  "stream %s is not Touchline's",
  (stream) => {
    expect(toMessage(event(stream))).toBeUndefined();
  },
);

test("a type that is not a subject token is skipped, not published under another name", () => {
  expect(toMessage(event("sms-1", "Sms Accepted"))).toBeUndefined();
  expect(toMessage(event("sms-1", "Sms.Accepted"))).toBeUndefined();
});

test.each(["registration-1", "payment-1", "sms-1", "suppression-1", "store-identity", "team-1"])(
  "an event of a later version in %s is published like any other",
  (stream) => {
    const message = toMessage(event(stream, "PitchWatered"));
    expect(message?.subject).toBe(`events.${stream.split("-")[0]}.PitchWatered`);
    expect(message?.headers[eventHeaders.stream]).toBe(stream);
  },
);
