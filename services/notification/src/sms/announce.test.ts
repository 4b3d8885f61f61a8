import type { SmsEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { announce, announcementOf } from "./announce.ts";
import { isText, type SmsState, smsAggregate, type Text } from "./state.ts";

const { evolve, initial } = smsAggregate(twilioWords);
const AT = "2026-03-01T12:00:00.000Z";
const LATER = "2026-03-01T12:05:00.000Z";
const NOW = new Date("2026-03-01T13:00:00.000Z");

const requested: SmsEvent = {
  type: "SmsRequested",
  data: {
    smsId: "6f1c0000-0000-5000-8000-000000000001",
    registrationId: "r1",
    billingRequestId: "BRQ0001",
    purpose: "payment_link",
    count: 0,
    to: "+447700900123",
    body: "a text",
    encoding: "GSM-7",
    segments: 1,
    requestedAt: AT,
  },
};
const started = (attempt = 1): SmsEvent => ({
  type: "SmsAttemptStarted",
  data: { attempt, attemptId: `x.${attempt}`, startedAt: AT },
});
const accepted = (attempt = 1, acceptedAt = AT): SmsEvent => ({
  type: "SmsAccepted",
  data: { attempt, providerMessageId: `SM${attempt}`, segments: 2, via: "answer", acceptedAt },
});
const reported = (status: string, errorCode?: string, attempt = 1): SmsEvent => ({
  type: "SmsStatusReported",
  data: {
    providerMessageId: `SM${attempt}`,
    status,
    ...(errorCode && { errorCode }),
    via: "callback",
    reportedAt: LATER,
  },
});
const retry = (code: string): SmsEvent => ({
  type: "SmsRetryScheduled",
  data: { attempt: 1, code, counted: true, retryAt: LATER, scheduledAt: AT },
});
const deferred: SmsEvent = {
  type: "SmsDeferred",
  data: { attempt: 1, code: "20503", reason: "", counted: true, retryAt: LATER, deferredAt: AT },
};
const rejected = (code: string): SmsEvent => ({
  type: "SmsRejected",
  data: { attempt: 1, code, reason: "", rejectedAt: AT },
});
const givenUp = (code: string): SmsEvent => ({ type: "SmsGivenUp", data: { code, reason: "", givenUpAt: AT } });
const withdrawn: SmsEvent = { type: "SmsWithdrawn", data: { code: "paid", withdrawnAt: AT } };

const textAfter = (...events: SmsEvent[]): Text => {
  const state = [requested, ...events].reduce<SmsState>(evolve, initial);
  if (!isText(state)) throw new Error("no text");
  return state;
};

const sent = { status: "sent", attempt: 1, segments: 2, sentAt: AT };
const unreachable = { failure: "number_unreachable", code: "30003", numberProblem: "unreachable" };

test.each<[string, SmsEvent[], object]>([
  ["a requested text", [], { status: "pending", attempt: 0, segments: 1 }],
  ["one on its way to Twilio", [started()], { status: "pending", attempt: 1, segments: 1 }],
  ["one that Twilio took", [started(), accepted()], sent],
  ["one handed to the network", [started(), accepted(), reported("sent")], sent],
  ["one that arrived", [started(), accepted(), reported("delivered")], { ...sent, status: "delivered" }],
  [
    "one that Twilio did not take yet",
    [started(), deferred],
    { status: "pending", attempt: 1, segments: 1, failure: "provider_failure", code: "20503" },
  ],
  [
    "one whose phone was off, until the next attempt",
    [started(), accepted(), reported("undelivered", "30003"), retry("30003")],
    { ...sent, status: "undelivered", ...unreachable },
  ],
  [
    "its next attempt",
    [started(), accepted(), reported("undelivered", "30003"), retry("30003"), started(2)],
    { ...sent, status: "pending", attempt: 2, ...unreachable },
  ],
  [
    "the next attempt once Twilio took it, though the number problem remains",
    [started(), accepted(), reported("undelivered", "30003"), retry("30003"), started(2), accepted(2, LATER)],
    { status: "sent", attempt: 2, segments: 2, sentAt: LATER, numberProblem: "unreachable" },
  ],
  [
    "a first message that is delivered after all",
    [started(), accepted(), reported("undelivered", "30003"), retry("30003"), started(2), reported("delivered")],
    { ...sent, status: "delivered", attempt: 2 },
  ],
  [
    "not a mobile number",
    [started(), rejected("21614")],
    {
      status: "failed",
      attempt: 1,
      segments: 1,
      failure: "number_not_mobile",
      code: "21614",
      numberProblem: "refused",
    },
  ],
  [
    "an opt-out, which is not a number problem",
    [started(), rejected("21610")],
    { status: "failed", attempt: 1, segments: 1, failure: "opted_out", code: "21610" },
  ],
  [
    "an opt-out that we knew about",
    [givenUp("opted_out")],
    { status: "failed", attempt: 0, segments: 1, failure: "opted_out", code: "opted_out" },
  ],
  [
    "a number that was refused before",
    [givenUp("number_refused")],
    {
      status: "failed",
      attempt: 0,
      segments: 1,
      failure: "number_invalid",
      code: "number_refused",
      numberProblem: "refused",
    },
  ],
  [
    "no receipt",
    [started(), accepted(), givenUp("no_receipt")],
    { ...sent, status: "failed", failure: "no_receipt", code: "no_receipt" },
  ],
  [
    "a failure without a code",
    [started(), accepted(), reported("undelivered")],
    { ...sent, status: "undelivered", failure: "network_failure", numberProblem: "unreachable" },
  ],
  [
    "one cancelled at Twilio",
    [started(), accepted(), reported("canceled")],
    { ...sent, status: "failed", failure: "cancelled_at_provider" },
  ],
  ["one that is not needed", [withdrawn], { status: "withdrawn", attempt: 0, segments: 1 }],
])("%s", (_, events, expected) => {
  expect(announcementOf(textAfter(...events), failureOf)).toEqual(expected);
});

test("a status is announced once, and again only if it differs", () => {
  const text = textAfter(started(), accepted());
  const announcement: SmsEvent = {
    type: "TextStatusChanged",
    data: { registrationId: "r1", ...sent, status: "sent", changedAt: NOW.toISOString() },
  };
  expect(announce(text, failureOf, NOW)).toEqual([announcement]);
  const announced = evolve(text, announcement) as Text;
  expect(announce(announced, failureOf, NOW)).toEqual([]);
  expect(announce(evolve(announced, reported("sent")) as Text, failureOf, NOW)).toEqual([]);
  expect(announce(evolve(announced, reported("delivered")) as Text, failureOf, NOW)).toMatchObject([
    { data: { status: "delivered" } },
  ]);
});
