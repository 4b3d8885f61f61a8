import { catalogue } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { tell } from "./tell.ts";
import { londonDay, londonMidnight, londonTime } from "./words.ts";

const event = (type: string, data: object): StoredEvent =>
  storedEvent("sms-1", type, data, {
    metadata: { service: "notification" },
    created: new Date("2026-07-01T22:30:00.000Z"),
  });

const requested = event("SmsRequested", {
  purpose: "payment_link",
  to: "+447700900123",
  body: "Registration complete for Zoë!",
  encoding: "GSM-7",
  segments: 2,
});

test("says what happened, who says so, and hides number and wording", () => {
  expect(tell(requested)).toEqual({
    at: requested.created,
    service: "notification",
    stream: "sms-1",
    type: "SmsRequested",
    position: 100n,
    tone: "plain",
    text: "A text with the link was requested to +44•••••••123",
    detail: "2 segments GSM-7",
  });
  expect(tell(requested, { reveal: true })).toMatchObject({
    text: "A text with the link was requested to +447700900123",
    detail: "2 segments GSM-7; Registration complete for Zoë!",
  });
});

test("tells a late report of a provider's word that nobody knows", () => {
  const report = { providerMessageId: "SM1", status: "partially_delivered", via: "callback" };
  expect(tell(event("SmsStatusReported", report))).toMatchObject({
    text: "Twilio says: partially_delivered",
    from: "Twilio callback",
  });
  expect(tell(event("SmsStatusReported", { ...report, status: "delivered" }))).toMatchObject({
    text: "The text was delivered",
    tone: "good",
  });
});

test.each([...catalogue.keys()])("has words of its own for %s", (type) => {
  // Data of no use: what matters is that the words exist.
  const data = new Proxy({}, { get: (_, name) => (name === Symbol.toPrimitive ? () => "1" : "2026-01-01T00:00:00Z") });
  const people = type === "RegistrationCompleted" ? { child: {}, parent: {}, parentPhone: "" } : data;
  expect(tell(event(type, people)).text).not.toBe(type);
});

test("an event of a later version is told by its name", () => {
  expect(tell(event("PitchWatered", {}))).toMatchObject({ text: "PitchWatered", tone: "plain" });
  expect(tell(event("toString", {}))).toMatchObject({ text: "toString" });
});

test("days and times are the club's", () => {
  expect(londonDay("2026-07-01T23:30:00Z")).toBe("2026-07-02");
  expect(londonDay("2026-12-01T23:30:00Z")).toBe("2026-12-01");
  expect(londonMidnight("2026-07-01").toISOString()).toBe("2026-06-30T23:00:00.000Z");
  expect(londonMidnight("2026-12-01").toISOString()).toBe("2026-12-01T00:00:00.000Z");
  expect(londonMidnight(new Date("2026-07-01T23:30:00Z")).toISOString()).toBe("2026-07-01T23:00:00.000Z");
  // The days on which the clocks change begin before they do.
  expect(londonMidnight("2026-03-29").toISOString()).toBe("2026-03-29T00:00:00.000Z");
  expect(londonMidnight("2026-10-25").toISOString()).toBe("2026-10-24T23:00:00.000Z");
  expect(londonTime("2026-07-01T22:30:05Z")).toBe("1 Jul 2026, 23:30:05");
});
