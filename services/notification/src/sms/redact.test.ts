import type { SmsEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import fixture from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { twilioWords } from "../twilio/words.ts";
import { eraseText, recordOutcome } from "./decide.ts";
import { recordRedacted } from "./redact.ts";
import { recordReply } from "./reply.ts";
import { recordReport } from "./report.ts";
import { type Erased, type SmsState, smsAggregate } from "./state.ts";

const aggregate = smsAggregate(twilioWords);
const now = new Date("2026-09-01T10:00:00.000Z");
const at = now.toISOString();
const { billingRequestId } = fixture.data;
const registrationId = "r1";

const requested = (body = `Pay: https://club.example/reg_setup/${billingRequestId}`) =>
  ({ type: "SmsRequested", data: { ...fixture.data, registrationId, body } }) as SmsEvent;
const started: SmsEvent = { type: "SmsAttemptStarted", data: { attempt: 1, attemptId: "x.1", startedAt: at } };
const accepted: SmsEvent = {
  type: "SmsAccepted",
  data: { attempt: 1, providerMessageId: "SM1", via: "answer", acceptedAt: at },
};
const unknown: SmsEvent = {
  type: "SmsOutcomeUnknown",
  data: { attempt: 1, reason: "a time-out", askAt: at, unknownSince: at },
};
const replied: SmsEvent = {
  type: "ReplyReceived",
  data: { registrationId, replyId: "SM2", body: "?", receivedAt: at },
};
const erased: SmsEvent = { type: "SmsErased", data: { registrationId, erasedAt: at } };
const due = (messageIds: string[], search?: { billingRequestId: string; since: string }): SmsEvent => ({
  type: "SmsRedactionDue",
  data: { registrationId, messageIds, ...(search && { search }), dueAt: at },
});
const redacted: SmsEvent = { type: "SmsRedacted", data: { registrationId, redactedAt: at } };
const search = { billingRequestId, since: at };

test.each([
  ["that was never sent", [requested()], []],
  ["that the provider has, with a reply", [requested(), started, accepted, replied], [due(["SM1", "SM2"])]],
  ["that is being sent", [requested(), started], [due([], search)]],
  ["with an unknown outcome", [requested(), started, unknown], [due([], search)]],
  ["with an unknown outcome and no link: only its report can be found", [requested("Thank you"), started, unknown], []],
])("erasing a text %s makes its redaction due", (_, given, expected) => {
  decides(aggregate, given, eraseText(registrationId, now), [erased, ...expected]);
});

const outcome = recordOutcome({
  attempt: 1,
  outcome: { kind: "accepted", providerMessageId: "SM9" },
  now,
  jitter: 0,
  evidenceMs: 1,
});
const report = recordReport(
  {
    report: { providerMessageId: "SM9", status: "delivered", stage: "delivered" },
    attempt: 1,
    via: "callback",
    now,
    jitter: 0,
  },
  aggregate.evolve,
);

test.each([
  ["an answer", outcome],
  ["a report", report],
  ["a reply", recordReply({ replyId: "SM9", body: "?" }, now)],
])("a message that %s names after the erasure becomes due once", (_, decision) => {
  decides(aggregate, [erased], decision, [due(["SM9"])]);
  decides(aggregate, [erased, due(["SM9"]), redacted], decision, []);
});

test("a failed attempt leaves nothing to empty", () => {
  const refusal = { kind: "unknown", reason: "a time-out" } as const;
  decides(aggregate, [erased], recordOutcome({ attempt: 1, outcome: refusal, now, jitter: 0, evidenceMs: 1 }), []);
});

test("it is done once nothing more is due", () => {
  const after = (...events: SmsEvent[]) => events.reduce<SmsState>(aggregate.evolve, aggregate.initial) as Erased;
  const seen = after(erased, due(["SM1"]));
  decides(aggregate, [erased, due(["SM1"])], recordRedacted(seen, now), [redacted]);
  expect(recordRedacted(seen, now)(after(erased, due(["SM1"]), due(["SM9"])))).toEqual([]);
  // Another instance was faster, and something else became due since.
  expect(recordRedacted(seen, now)(after(erased, due(["SM1"]), redacted, due(["SM9"])))).toEqual([]);
});
