import { expect, test } from "vitest";
import type { Attempt, Text } from "../sms/state.ts";
import { findEvidence } from "./evidence.ts";
import type { ListedMessage } from "./sms-gateway.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, seconds));

const text = (smsId: string, fate: Attempt["fate"], startedAt: Date, sids: readonly string[] = []): Text => ({
  status: "unknown",
  smsId,
  registrationId: "r1",
  billingRequestId: "BRQ0001",
  purpose: "payment_link",
  count: 0,
  to: "+447700900123",
  body: "pay at https://club.example/reg_setup/BRQ0001",
  encoding: "GSM-7",
  segments: 1,
  requestedAt: startedAt.toISOString(),
  attempts: [{ startedAt: startedAt.toISOString(), fate, observations: 0 }],
  messages: Object.fromEntries(
    sids.map((sid) => [sid, { attempt: 1, acceptedAt: startedAt.toISOString(), stage: "sent" as const, parked: [] }]),
  ),
  failures: {},
});

const listed = (
  sid: string,
  createdAt: Date,
  body = "pay at https://club.example/reg_setup/BRQ0001",
): ListedMessage => ({
  providerMessageId: sid,
  status: "sent",
  stage: "sent",
  createdAt,
  body,
});

test("a message with the text's words, created after the attempt started, is evidence", () => {
  const open = text("a", "unknown", at(0));
  expect(findEvidence(open, [listed("SM1", at(2))], [])?.providerMessageId).toBe("SM1");
  // Twilio's dates are in whole seconds, and clocks differ.
  expect(findEvidence(open, [listed("SM1", at(-60))], [])?.providerMessageId).toBe("SM1");
});

test("a message with another link, from earlier, or of another attempt is not evidence", () => {
  const open = text("a", "unknown", at(0));
  expect(findEvidence(open, [], [])).toBeUndefined();
  expect(
    findEvidence(open, [listed("SM1", at(2), "pay at https://club.example/reg_setup/BRQ0002")], []),
  ).toBeUndefined();
  expect(findEvidence(open, [listed("SM1", at(-600))], [])).toBeUndefined();
  expect(findEvidence(open, [listed("SM1", at(2))], [text("b", "accepted", at(1), ["SM1"])])).toBeUndefined();
});

test("words that a trial account adds and characters that Twilio changes do not matter", () => {
  const open = text("a", "unknown", at(0));
  const trial = "Sent from your Twilio trial account - pay at https://club.example/reg_setup/BRQ0001";
  expect(findEvidence(open, [listed("SM1", at(2), trial)], [])?.providerMessageId).toBe("SM1");
  expect(
    findEvidence(open, [listed("SM1", at(2), "Pay at https://club.example/reg_setup/BRQ0001 !")], []),
  ).toBeDefined();
  const longer = "Pay at https://club.example/reg_setup/BRQ00017";
  expect(findEvidence(open, [listed("SM1", at(2), longer)], [])).toBeUndefined();
});

test("a reminder with the same link is not evidence for the first text", () => {
  const reminder = { ...text("b", "unknown", at(1)), body: "do not forget https://club.example/reg_setup/BRQ0001" };
  const found = findEvidence(text("a", "unknown", at(0)), [listed("SM1", at(2), reminder.body)], [reminder]);
  expect(found).toBeUndefined();
});

test("one message is evidence for only one of two open texts with the same words, whichever asks", () => {
  const first = text("a", "unknown", at(0));
  const resend = text("b", "unknown", at(70));
  const early = [listed("SM1", at(1))];
  const both = [listed("SM2", at(71)), listed("SM1", at(1))];
  const found = (list: readonly ListedMessage[]) => [
    findEvidence(first, list, [resend])?.providerMessageId,
    findEvidence(resend, list, [first])?.providerMessageId,
  ];
  expect(found(both)).toEqual(["SM1", "SM2"]);
  expect(found(early).filter(Boolean)).toHaveLength(1);
});
