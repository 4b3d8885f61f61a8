import { catalogue } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { describeEvent } from "./describe.ts";

const event = (type: string, data: object): StoredEvent =>
  storedEvent("sms-1", type, data, {
    metadata: { service: "notification" },
    position: 100n,
    created: new Date("2026-07-01T22:30:00.000Z"),
  });

const requested = event("SmsRequested", {
  purpose: "payment_link",
  to: "+447700900123",
  body: "Registration complete for Zoë!",
  encoding: "GSM-7",
  segments: 2,
});

test("says what happened and who reported it, and hides the number and the wording", () => {
  expect(describeEvent(requested)).toEqual({
    at: requested.created,
    service: "notification",
    stream: "sms-1",
    type: "SmsRequested",
    position: 100n,
    tone: "plain",
    text: "A text with the link was requested for +44•••••••123",
    detail: "2 segments GSM-7",
  });
  expect(describeEvent(requested, { reveal: true })).toMatchObject({
    text: "A text with the link was requested for +447700900123",
    detail: "2 segments GSM-7; Registration complete for Zoë!",
  });
});

test("shows a provider's status unchanged, and the text's status in our own words", () => {
  const report = { providerMessageId: "SM1", status: "partially_delivered", via: "callback" };
  expect(describeEvent(event("SmsStatusReported", report))).toMatchObject({
    text: "Twilio reported: partially_delivered",
    from: "Twilio",
  });
  expect(describeEvent(event("TextStatusChanged", { status: "delivered" }))).toMatchObject({
    text: "The text was delivered",
    tone: "good",
  });
  const off = { status: "undelivered", failure: "number_unreachable", code: "30003", numberProblem: "unreachable" };
  expect(describeEvent(event("TextStatusChanged", off))).toMatchObject({
    text: "The text was not delivered",
    detail: "30003: the phone was off or out of reach; the phone may be off, or the number wrong",
    tone: "bad",
  });
});

test("says who did it, when a person or program did", () => {
  const by = (actor: string, nameOf?: (id: string) => string | undefined) =>
    describeEvent({ ...requested, metadata: { service: "registration", actor } }, { nameOf }).by;
  const nameOf = (id: string) => (id === "op-1" ? "Sam Khan" : undefined);
  expect(by("op-1", nameOf)).toBe("Sam Khan");
  expect(by("op-2", nameOf)).toBe("a former operator");
  expect(by("gateway", nameOf)).toBe("the chat gateway");
  expect(by("local-cli")).toBe("the command line");
  expect(describeEvent(requested, { nameOf })).not.toHaveProperty("by");
});

/** The store's own events are not about a family. */
const ofFamilies = [...catalogue.values()].filter(({ category }) => category !== "store").map(({ type }) => type);

test.each(ofFamilies)("has words of its own for %s", (type) => {
  // Only the words matter here, not the data.
  const data = new Proxy({}, { get: (_, name) => (name === Symbol.toPrimitive ? () => "1" : "2026-01-01T00:00:00Z") });
  const people = type === "RegistrationCompleted" ? { child: {}, parent: {}, parentPhone: "" } : data;
  expect(describeEvent(event(type, people)).text).not.toBe(type);
});

test("an event from a later version is described by its name", () => {
  expect(describeEvent(event("PitchWatered", {}))).toMatchObject({ text: "PitchWatered", tone: "plain" });
  expect(describeEvent(event("toString", {}))).toMatchObject({ text: "toString" });
});
